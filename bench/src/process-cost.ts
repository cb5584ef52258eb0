import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process and its children, in MiB. */
export interface Memory {
  readonly rss: number;
  /** The part that is no file: heaps and stacks. */
  readonly anon: number;
}

/** Microseconds of CPU that a process and its living children have used, every thread included (proc(5)). */
export function cpuMicroseconds(pid: number): number {
  return sum(treeOf(pid), (each) => {
    // The command's name, in brackets, may hold anything; utime and stime are the 14th and 15th fields.
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tick;
  });
}

/** Microseconds of a clock tick in /proc: USER_HZ is 100 on Linux. */
const tick = 10_000;

/** Memory that a process and its children hold now. */
export function memoryOf(pid: number): Memory {
  const rollups = treeOf(pid).map((each) => readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'));
  const total = (field: string) =>
    sum(rollups, (text) => Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)?.[1]) / 1_024);
  return { rss: total('Rss'), anon: total('Anonymous') };
}

function treeOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

function sum<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}
