import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
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

/** Milliseconds between two touches of a lock that is held. */
const touchInterval = 1_000;

/** Milliseconds without a touch after which a lock is nobody's, by where the process is that may have died. */
const longestUntouched = { sameHost: 8_000, elsewhere: 60_000 };

/**
 * Runs `action` while no other process writes to `home`. The lock of a process that has died is taken over: at once where it
 * was of this machine, else when it has not been touched for long. Throws `state_unwritable` when the wait is too long or
 * the home cannot be written.
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
  let lock = await acquire(path);
  while (lock === undefined) {
    if (performance.now() > deadline) throw await heldTooLong(path);
    if (!(await breakStale(path))) await delay(5 + Math.random() * 20);
    lock = await acquire(path);
  }
  const touching = setInterval(lock.touch, touchInterval).unref();
  try {
    return await action();
  } finally {
    clearInterval(touching);
    await lock.release();
  }
}

/** The locks of this process, which another one of the same number may have left behind: containers count from 1. */
const held = new Map<string, number>();

function mark(path: string, change: 1 | -1): void {
  const count = (held.get(path) ?? 0) + change;
  if (count === 0) held.delete(path);
  else held.set(path, count);
}

interface Lock {
  touch(): void;
  release(): Promise<void>;
}

async function acquire(path: string): Promise<Lock | undefined> {
  try {
    const file = await open(path, 'wx', 0o600);
    mark(path, 1);
    const text = `${process.pid} ${hostname()} ${await ownSpace()}\n`;
    try {
      await file.writeFile(text);
    } catch (thrown) {
      await file.close();
      await remove(path);
      throw thrown;
    }
    return {
      // Written and not dated: the clock that counts is the file system's.
      touch: () => void file.write(text, 0).catch(() => undefined),
      async release() {
        await file.close().catch(() => undefined);
        // A process that stood still for long may have lost its lock to another.
        if ((await readText(path)) === text) await remove(path);
        else mark(path, -1);
      },
    };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw unwritable(path, thrown);
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  mark(path, -1);
}

/** Removes the lock of a dead process. A second lock keeps two processes from doing so at once. */
async function breakStale(path: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const second = `${path}.break`;
  const guard = await acquire(second);
  if (guard === undefined) {
    // It is held for a moment, so that whoever made an old one has died in it.
    if ((await ageOf(second)) > longestUntouched.sameHost) await rm(second, { force: true });
    return false;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
    return true;
  } finally {
    await guard.release();
  }
}

async function isStale(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  // Whoever made it died before it could write who it is.
  if (owner === undefined) return (await ageOf(path)) > 5_000;
  const { pid, host, space } = owner;
  const isHere = host === hostname();
  // Older versions did not touch theirs.
  if (space === undefined && !isHere) return false;
  if (!isHere) return (await ageOf(path)) > longestUntouched.elsewhere;
  if (space !== undefined && space !== (await ownSpace()))
    return (await ageOf(path)) > longestUntouched.sameHost;
  if (pid === process.pid) return !held.has(path);
  try {
    process.kill(pid, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Milliseconds since it was touched, by the clock of the file system, which may be another machine's; less than none where it is gone. */
async function ageOf(path: string): Promise<number> {
  const probe = `${path}.${randomUUID()}.now`;
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    const [now, touched] = await Promise.all([stat(probe), stat(path)]);
    return now.mtimeMs - touched.mtimeMs;
  } catch {
    return Number.NEGATIVE_INFINITY;
  } finally {
    await rm(probe, { force: true });
  }
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Whose processes the number counts. Left out by older versions. */
  readonly space: string | undefined;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  const [, pid, host, space] = /^(\d+) (\S+)(?: (\S+))?\n$/.exec(await readText(path)) ?? [];
  return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host, space };
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
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
