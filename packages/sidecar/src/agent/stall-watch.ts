import { createRegister, type Registered } from '../register.ts';

/** Something that is sent and may wait to be taken. */
export interface Stallable extends Registered {
  /** Since when it waits, by `performance.now()`; undefined while it does not. The watch's own. */
  since: number | undefined;
  /** Whether nothing of it can be taken any more. */
  readonly isLost: () => boolean;
  readonly onLost: () => void;
  /** It has waited too long. */
  readonly onStall: () => void;
}

/** Ends what nobody takes from. */
export interface StallWatch {
  /** It waits to be taken. Further calls change nothing. */
  wait(item: Stallable): void;
  /** It was taken. */
  stop(item: Stallable): void;
}

/** Watches all with one timer: one for each would be set anew with every request. */
export function createStallWatch(deadline: number): StallWatch {
  const waiting = createRegister<Stallable>();
  let isLooking = false;

  const stop = (item: Stallable) => {
    if (item.since === undefined) return;
    item.since = undefined;
    waiting.remove(item);
  };
  const look = () => {
    const limit = performance.now() - deadline;
    for (const item of waiting.items()) {
      if (item.since === undefined) continue;
      const isLost = item.isLost();
      if (!isLost && item.since > limit) continue;
      stop(item);
      if (isLost) item.onLost();
      else item.onStall();
    }
    isLooking = false;
    if (waiting.size() > 0) start();
  };
  const start = () => {
    if (isLooking) return;
    isLooking = true;
    setTimeout(look, Math.max(10, Math.min(deadline / 4, 1_000))).unref();
  };

  return {
    wait(item) {
      if (item.since !== undefined) return;
      item.since = performance.now();
      waiting.add(item);
      start();
    },
    stop,
  };
}
