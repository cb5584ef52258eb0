import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What `keepHeapSmall` goes by. */
export interface HeapLimits {
  /** Bytes of the young generation at which it stops to grow. Default 16 MiB; V8 alone goes to 64 and more. */
  readonly youngGeneration?: number;
  /** Bytes that the heap must have grown by since it was last tidied to be worth tidying. Default 4 MiB. */
  readonly growth?: number;
  /** Milliseconds between two looks. Default 500. */
  readonly interval?: number;
}

/**
 * Keeps the heap of this process small, for V8 gives nothing back that a burst of work made it take: stops the young
 * generation from growing, and collects once the process has come to rest. Does not keep the process running. Ends when
 * the function it gives is called.
 */
export function keepHeapSmall({
  youngGeneration = 16 * 2 ** 20,
  growth = 4 * 2 ** 20,
  interval = 500,
}: HeapLimits = {}): () => void {
  const collect = collector();
  let tidied = 0;
  let used = process.cpuUsage();
  let isGrowing = true;
  const timer = setInterval(() => {
    const spent = process.cpuUsage(used);
    used = process.cpuUsage();
    const isAtRest = (spent.user + spent.system) / 1_000 < interval * restShare;
    const spaces = getHeapSpaceStatistics();
    const young = spaces.find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
    if (isGrowing && young >= youngGeneration * nearlyFull) {
      isGrowing = false;
      // V8 reads it at every step of growth. The first steps are worth taking: at 1 MiB everything in flight grows old.
      setFlagsFromString('--semi-space-growth-factor=1');
    }
    if (!isAtRest || heapSize(spaces) < tidied + growth) return;
    collect();
    tidied = heapSize(getHeapSpaceStatistics());
  }, interval).unref();
  return () => clearInterval(timer);
}

/** The share of a core below which a process is at rest. */
const restShare = 0.02;

/** The spaces are a little smaller than the sizes that V8 doubles. */
const nearlyFull = 0.75;

function heapSize(spaces: readonly { readonly space_size: number }[]): number {
  return spaces.reduce((sum, { space_size }) => sum + space_size, 0);
}

/** V8's own collection, which Node hands out to new contexts when it is told to. It also shrinks what is not needed. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: (options: object) => void = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return () => gc({ type: 'major', flavor: 'last-resort' });
}
