import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

/**
 * Gives this session more of the cores than its neighbours get, where this user may, until the process ends: figures
 * calm down, and the neighbours wait. Whether it could be done (sched(7): autogroups).
 */
export function takePriority(): boolean {
  const file = '/proc/self/autogroup';
  try {
    const [, before = '0'] = /nice (-?\d+)/.exec(readFileSync(file, 'utf8')) ?? [];
    writeFileSync(file, '-15');
    process.on('exit', () => writeFileSync(file, before));
    return true;
  } catch {
    return false;
  }
}
