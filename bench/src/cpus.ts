import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The two sides of a measurement, each on a core of its own where the machine has two and `taskset`. */
export type Side = 'proxy' | 'load';

const cores: Readonly<Record<Side, string>> = { proxy: '0', load: '1' };

/** Whether processes are pinned. */
export const isPinned =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0;

/** A command, pinned to its side's core where that can be done. */
export function pinned(side: Side, command: readonly string[]): [string, ...string[]] {
  return (isPinned ? ['taskset', '-c', cores[side], ...command] : [...command]) as [string, ...string[]];
}

/** Keeps this process, which waits for answers and starts others, off the core of the proxies. */
export function pinSelf(): void {
  if (isPinned) spawnSync('taskset', ['-a', '-c', '-p', cores.load, String(process.pid)]);
}
