import { readFileSync } from 'node:fs';
import { expect, onTestFinished, vi } from 'vitest';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Processes that are there, and end with the test at the latest. */
export function expectAlive(...pids: number[]): void {
  onTestFinished(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  expect(pids.filter(isAlive)).toEqual(pids);
}

/** Waits until they are gone. */
export async function expectGone(...pids: number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { interval: 30 });
}
