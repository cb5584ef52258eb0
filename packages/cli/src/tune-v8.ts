import type { EventLoopUtilization } from 'node:perf_hooks';
import type { HeapSpaceInfo } from 'node:v8';
import { growingPercent } from './growing-percent.ts';

/** What `tuneV8` goes by, in bytes. */
export interface TuningOptions {
  /** Size at which the young generation stops to grow. Default 32 MiB; V8 alone goes to 64 and more. */
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
  const collect = collector();
  const busyTime = createBusyTime();
  let tidied = 0;
  let emptied = 0;
  let rested = 0;
  let worked = 0;
  let held = 0;
  // V8 reads these at every step. It also shrinks what rests, and at 1 MiB everything in flight grows old.
  const letYoungGrow = createSetting((is: boolean) => `--semi-space-growth-factor=${is ? 2 : 1}`);
  const letOldGrow = createSetting((percent: number) => `--heap-growing-percent=${percent}`);
  const survivors = createSurvivors();
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
    const spaces = v8().getHeapSpaceStatistics();
    letYoungGrow(youngSize(spaces) < youngGeneration * nearlyFull);
    letOldGrow(growingPercent(survivors(oldSize(spaces)), room));
    const now = performance.now();
    if (share >= rest.share) rested = now;
    const restTime = now - rested;
    worked = restTime >= patience ? 0 : worked + active;
    optimizeSoon(share >= work.share && worked >= work.settled);
    if (restTime > 0 && isSmall && usedSize() < largest.used) tidy(restTime);
    timer = setTimeout(look, share < work.share ? rest.wait : work.wait).unref();
  };
  const tidy = (restTime: number) => {
    // What has hardly run has nothing worth keeping.
    if (hasGrown(emptied) && (emptied === 0 || restTime >= patience)) {
      // This kind also shrinks what is not needed, and gives up compiled code: only optimised code, unless V8 is told that
      // the rest is old too, which most of it is that has run once, to start.
      v8().setFlagsFromString('--bytecode-old-age=1');
      collect({ type: 'major', flavor: 'last-resort' });
      v8().setFlagsFromString('--bytecode-old-age=6');
      emptied = wholeSize();
    } else if (hasGrown(tidied)) collect({ type: 'major' });
    else return;
    tidied = wholeSize();
  };
  // A large heap takes longer to collect than a little of it is worth.
  const hasGrown = (size: number) => wholeSize() >= size + Math.max(growth, size / 3);
  let timer: NodeJS.Timeout | undefined;
  look();
  return () => clearTimeout(timer);
}

const v8 = () => process.getBuiltinModule('node:v8');

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

/** Bytes that the old generation may grow by between two collections; V8 alone goes to four times what it holds. */
const room = 24 * 2 ** 20;

/** The spaces are a little smaller than the sizes that V8 doubles. */
const nearlyFull = 0.75;

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

/** Bytes of the old generation that the last collection left alive, as far as looks from time to time can tell. */
function createSurvivors(): (used: number) => number {
  let last = 0;
  let survived = Number.POSITIVE_INFINITY;
  return (used) => {
    survived = used < last ? used : Math.min(survived, used);
    last = used;
    return survived;
  };
}

/** Tells V8 what has changed, and nothing else. */
function createSetting<Value>(flagFor: (is: Value) => string): (is: Value) => void {
  let was: Value | undefined;
  return (is) => {
    if (is === was) return;
    was = is;
    v8().setFlagsFromString(flagFor(is));
  };
}

function usedSize(): number {
  return v8().getHeapStatistics().used_heap_size;
}

/** Bytes in use outside the young generation. */
function oldSize(spaces: readonly HeapSpaceInfo[]): number {
  const old = spaces.filter(({ space_name }) => !space_name.startsWith('new_'));
  return old.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

/** Bytes that the young generation takes. */
function youngSize(spaces: readonly HeapSpaceInfo[]): number {
  return spaces.find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}

/** Bytes outside the heap. */
function bufferSize(): number {
  return v8().getHeapStatistics().external_memory;
}

/** Bytes that the heap takes. */
function wholeSize(): number {
  return v8()
    .getHeapSpaceStatistics()
    .reduce((sum, { space_size }) => sum + space_size, 0);
}

/** V8's own collection, which Node hands out to new contexts when it is told to. */
function collector(): (options: { readonly type: 'minor' | 'major'; readonly flavor?: string }) => void {
  v8().setFlagsFromString('--expose-gc');
  const gc = process.getBuiltinModule('node:vm').runInNewContext('gc');
  v8().setFlagsFromString('--no-expose-gc');
  return gc;
}
