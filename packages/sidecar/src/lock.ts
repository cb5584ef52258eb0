import { mkdir, open, readFile, readlink, rm, stat, utimes } from 'node:fs/promises';
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

/** Milliseconds between two touches of a lock that is held, and without one after which it is nobody's. */
const touchInterval = 1_000;
const longestUntouched = 8_000;

/**
 * Runs `action` while no other process writes to `home`. The lock of a process that has died on this machine is taken
 * over, also in another container. Throws `state_unwritable` when the wait is too long or the home cannot be written.
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
  const deadline = performance.now() + patience;
  while (!(await acquire(path))) {
    if (performance.now() > deadline) throw await heldTooLong(path);
    if (!(await breakStale(path))) await delay(5 + Math.random() * 20);
  }
  const touch = () => void utimes(path, new Date(), new Date()).catch(() => undefined);
  const touching = setInterval(touch, touchInterval).unref();
  try {
    return await action();
  } finally {
    clearInterval(touching);
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
      await file.writeFile(`${process.pid} ${hostname()} ${await ownSpace()}\n`);
    } catch (thrown) {
      await remove(path);
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

/** A process that stood still for long may have lost its lock to another container's. */
async function release(path: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined || (await isOfOwnSpace(owner))) return remove(path);
  mark(path, -1);
}

async function remove(path: string): Promise<void> {
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
  if (owner === undefined) return (await ageOf(path)) > 5_000;
  if (owner.host !== hostname()) return false;
  if (!(await isOfOwnSpace(owner))) return (await ageOf(path)) > longestUntouched;
  if (owner.pid === process.pid) return !held.has(path);
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Milliseconds since it was touched; less than none where it is gone. */
async function ageOf(path: string): Promise<number> {
  const facts = await stat(path).catch(() => undefined);
  return facts === undefined ? Number.NEGATIVE_INFINITY : Date.now() - facts.mtimeMs;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Whose processes the number counts. Left out by older versions. */
  readonly space: string | undefined;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, host, space] = /^(\d+) (\S+)(?: (\S+))?\n$/.exec(text) ?? [];
  return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host, space };
}

async function isOfOwnSpace({ space }: Owner): Promise<boolean> {
  return space === undefined || space === (await ownSpace());
}

let known: Promise<string> | undefined;

/** Containers of one pod, or on the network of the machine, have one host name, and processes of their own (pid_namespaces(7)). */
function ownSpace(): Promise<string> {
  known ??= readlink('/proc/self/ns/pid').catch(() => 'machine');
  return known;
}

async function heldTooLong(path: string): Promise<PaiError> {
  const owner = await readOwner(path);
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new PaiError(
    'state_unwritable',
    `${path} is held by ${who}; nothing was changed: wait for it, or remove that file if it no longer runs`,
  );
}
