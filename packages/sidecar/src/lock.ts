import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PaiError } from '@pai/core';
import { unwritable } from './atomic-write.ts';

/** How long a writer waits for another. */
export interface LockOptions {
  /** Milliseconds. Default 10,000. */
  readonly patience?: number;
  /** File in the home that is the lock. Default `.lock`, which writers hold. */
  readonly file?: string;
}

/**
 * Runs `action` while no other process writes to `home`. The lock of a process that has died on this machine is taken
 * over. Throws `state_unwritable` when the wait is too long or the home cannot be written.
 */
export async function withLock<T>(
  home: string,
  action: () => Promise<T>,
  { patience = 10_000, file = '.lock' }: LockOptions = {},
): Promise<T> {
  const path = join(home, file);
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((thrown) => {
    throw unwritable(home, thrown);
  });
  const deadline = Date.now() + patience;
  while (!(await acquire(path))) {
    if (Date.now() > deadline) throw await heldTooLong(path);
    if (!(await breakStale(path))) await delay(5 + Math.random() * 20);
  }
  try {
    return await action();
  } finally {
    await release(path);
  }
}

/** The locks of this process, which another one of the same number may have left behind: containers count from 1. */
const held = new Map<string, number>();

function mark(path: string, change: 1 | -1): void {
  const count = (held.get(path) ?? 0) + change;
  if (count === 0) held.delete(path);
  else held.set(path, count);
}

async function acquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    mark(path, 1);
    try {
      await file.writeFile(`${process.pid} ${hostname()}\n`);
    } catch (thrown) {
      await release(path);
      throw thrown;
    } finally {
      await file.close();
    }
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(path, thrown);
  }
}

async function release(path: string): Promise<void> {
  await rm(path, { force: true });
  mark(path, -1);
}

/** Removes the lock of a dead process. A second lock keeps two processes from doing so at once. */
async function breakStale(path: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const guard = `${path}.break`;
  if (!(await acquire(guard))) return false;
  try {
    if (await isStale(path)) await rm(path, { force: true });
    return true;
  } finally {
    await release(guard);
  }
}

async function isStale(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  // Whoever made it died before it could write who it is.
  if (owner === undefined) return Date.now() - (await changedAt(path)) > 5_000;
  if (owner.host !== hostname()) return false;
  if (owner.pid === process.pid) return !held.has(path);
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

async function readOwner(path: string): Promise<{ pid: number; host: string } | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, host] = /^(\d+) (\S+)\n$/.exec(text) ?? [];
  return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host };
}

async function heldTooLong(path: string): Promise<PaiError> {
  const owner = await readOwner(path);
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new PaiError(
    'state_unwritable',
    `${path} is held by ${who}; nothing was changed: wait for it, or remove that file if it no longer runs`,
  );
}
