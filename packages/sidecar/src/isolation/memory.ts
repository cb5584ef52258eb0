import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** Milliseconds between two looks. */
const interval = 250;

/** Bytes of a page, as Linux has them on the platforms that Node runs on. */
const page = 4_096;

/**
 * Ends a process that has taken more than `most` bytes, wherever it keeps them: the limit of its heap does not hold
 * buffers. On Linux only; the kernel, too, is told to end it before others. Gives the end of the watch.
 */
export function watchMemory({ pid }: ChildProcess, most: number, end: (why: string) => void): () => void {
  if (process.platform !== 'linux' || pid === undefined) return () => undefined;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // A kernel that lets nobody say so.
  }
  const look = () => {
    try {
      const resident = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * page;
      if (resident > most) end(`it took more than ${Math.round(most / 1024 / 1024)} MiB of memory`);
    } catch {
      // It is gone, which is told elsewhere.
    }
  };
  const timer = setInterval(look, interval).unref();
  return () => clearInterval(timer);
}
