import type { EventLoopUtilization } from 'node:perf_hooks';
import { createHeapGrowth } from './heap-growth.ts';
import { bufferSize, oldSize, usedSize, v8 } from './heap-sizes.ts';
import { createCollect, createTidying } from './tidy-heap.ts';
import { createSetting } from './v8-setting.ts';

/** What `tuneV8` goes by, in bytes. */
export interface TuningOptions {
  /**
   * Size at which the young generation stops to grow, or at twice that where a tenth of it and more outlives its
   * collections. Default 32 MiB; V8 alone goes to 64 and more.
   */
  readonly youngGeneration?: number;
  /** Buffers outside the heap that come to what was held before the young ones are collected. Default 16 MiB. */
  readonly buffers?: number;
  /** What the heap must have grown by since it was last tidied, and by a third too, to be worth tidying. Default 4 MiB. */
  readonly growth?: number;
  /** Milliseconds of rest after which compiled code goes too, so that a burst after that begins cold. Default 20,000. */
  readonly patience?: number;
}

/**
 * Has V8 keep the memory of this process small where it would let it grow, and give back what a burst of work took once
 * the process is at rest: the young generation stops, and the buffers of streams are collected while they are young and
 * it is cheap. At work, code is optimised sooner. Does not keep the process running. Ends when the function it gives is
 * called.
 */
export function tuneV8(options: TuningOptions = {}): () => void {
  let end = () => {};
  // What it needs of Node takes some milliseconds, for which the first request would wait.
  const timer = setTimeout(() => {
    end = begin(options);
  }, rest.wait).unref();
  return () => {
    clearTimeout(timer);
    end();
  };
}

function begin({
  youngGeneration = 32 * 2 ** 20,
  buffers = 16 * 2 ** 20,
  growth = 4 * 2 ** 20,
  patience = 20_000,
}: TuningOptions): () => void {
  const collect = createCollect();
  const tidy = createTidying({ growth, patience }, collect);
  const boundGrowth = createHeapGrowth(youngGeneration);
  const busyTime = createBusyTime();
  let rested = 0;
  let worked = 0;
  let held = 0;
  // With a thousand Providers it is not, and a collection takes ten milliseconds and more, the last resort fifty.
  const isSmall = oldSize(v8().getHeapSpaceStatistics()) < largest.first;
  // Optimised code takes time to make, which is had back after some thousand requests, and not by the first connections.
  const optimizeSoon = createSetting((is: boolean) => `--invocation-count-for-turbofan=${is ? 800 : 3_000}`);
  const look = () => {
    const { active, utilization: share } = busyTime();
    const size = bufferSize();
    held = Math.min(held, size);
    if (size > held + buffers) {
      collect({ type: 'minor' });
      held = bufferSize();
    }
    boundGrowth(v8().getHeapSpaceStatistics());
    const now = performance.now();
    if (share >= rest.share) rested = now;
    const restTime = now - rested;
    worked = restTime >= patience ? 0 : worked + active;
    optimizeSoon(share >= work.share && worked >= work.settled);
    if (restTime > 0 && isSmall && usedSize() < largest.used) tidy(restTime);
    timer = setTimeout(look, share < work.share ? rest.wait : work.wait).unref();
  };
  let timer: NodeJS.Timeout | undefined;
  look();
  return () => clearTimeout(timer);
}

/** Up to which share of its time a process is at rest, and milliseconds until the next look unless it is at work. */
const rest = { share: 0.02, wait: 500 };

/**
 * From which share of its time a process is at work, milliseconds until the next look then, and milliseconds of work
 * after which it has settled to it.
 */
const work = { share: 0.05, wait: 20, settled: 1_500 };

/**
 * Bytes in use above which a whole collection would hold everything up for longer than it is worth, and those of the old
 * generation at first, with what was loaded and no more.
 */
const largest = { used: 32 * 2 ** 20, first: 12 * 2 ** 20 };

/** How long the event loop was at work since the last call, or ever, and for which share of the time. */
function createBusyTime(): () => EventLoopUtilization {
  let last: EventLoopUtilization | undefined;
  return () => {
    const now = performance.eventLoopUtilization();
    const since = last === undefined ? now : performance.eventLoopUtilization(now, last);
    last = now;
    return since;
  };
}
