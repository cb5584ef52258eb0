/** Ends what nobody takes from. */
export interface StallWatch<Key extends object> {
  /** Something waits to be taken; `onStall` is called when that lasts too long. Further calls change nothing. */
  wait(key: Key, onStall: () => void): void;
  /** It was taken. */
  stop(key: Key): void;
}

/** Watches all with one timer: one for each would be set anew with every request. */
export function createStallWatch<Key extends object>(deadline: number): StallWatch<Key> {
  const waiting = new Map<Key, { readonly since: number; readonly onStall: () => void }>();
  let isLooking = false;

  const look = () => {
    const limit = performance.now() - deadline;
    for (const [key, { since, onStall }] of waiting) {
      // In the order in which they began to wait.
      if (since > limit) break;
      waiting.delete(key);
      onStall();
    }
    isLooking = false;
    if (waiting.size > 0) start();
  };
  const start = () => {
    if (isLooking) return;
    isLooking = true;
    setTimeout(look, Math.max(10, Math.min(deadline / 4, 5_000))).unref();
  };

  return {
    wait(key, onStall) {
      if (waiting.has(key)) return;
      waiting.set(key, { since: performance.now(), onStall });
      start();
    },
    stop: (key) => void waiting.delete(key),
  };
}
