import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process and its children, in MiB. */
export interface Memory {
  readonly rss: number;
  /** The part that is no file: heaps and stacks. */
  readonly anon: number;
}

/** Microseconds of CPU that the living threads of a process and its children have used (schedstat of proc(5), to the nanosecond). */
export function cpuMicroseconds(pid: number): number {
  return sum(treeOf(pid), (each) =>
    sum(readdirSync(`/proc/${each}/task`), (thread) => {
      const [nanoseconds] = readFileSync(`/proc/${each}/task/${thread}/schedstat`, 'utf8').split(' ');
      return Number(nanoseconds) / 1_000;
    }),
  );
}

/** Memory that a process and its children hold now. */
export function memoryOf(pid: number): Memory {
  const rollups = treeOf(pid).map((each) => readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'));
  const total = (field: string) => sum(rollups, (text) => mebibytes(text, field));
  return { rss: total('Rss'), anon: total('Anonymous') };
}

/** Makes the peak of a process and its children what they hold now. */
export function resetPeak(pid: number): void {
  for (const each of treeOf(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5');
}

/** The most that a process and its children, each at its own time, have held since `resetPeak`, in MiB. */
export function peakOf(pid: number): number {
  return sum(treeOf(pid), (each) => mebibytes(readFileSync(`/proc/${each}/status`, 'utf8'), 'VmHWM'));
}

function mebibytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1_024;
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
