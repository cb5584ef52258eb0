import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PaiError } from '@pai/core';

/** A file and what it is to hold; `undefined` removes it. */
export interface FileChange {
  readonly path: string;
  readonly content: string | undefined;
}

/**
 * Makes all changes or none: every content is on the disk (0600, in directories 0700) before the first file is
 * replaced, and what was replaced is put back when a later one fails. What a process that was killed meanwhile has left
 * beside the files is removed: hold the lock. Throws `state_unwritable`. A reader sees each file old or new, never in part.
 */
export async function changeFiles(changes: readonly FileChange[]): Promise<void> {
  const mark = randomBytes(6).toString('hex');
  const staged = changes.map(({ path, content }) => ({
    path,
    content,
    temporary: hidden(path, mark, 'new'),
    backup: hidden(path, mark, 'old'),
  }));
  const directories = new Set(changes.map(({ path }) => dirname(path)));
  for (const directory of directories) await removeLeftovers(directory);
  const replaced: { readonly path: string; readonly backup: string | undefined }[] = [];
  let current = '';
  try {
    for (const { path, content, temporary } of staged) {
      current = path;
      if (content !== undefined) await stage(temporary, content);
    }
    for (const { path, content, temporary, backup } of staged) {
      current = path;
      replaced.push({ path, backup: await keep(path, backup) });
      await (content === undefined ? unlink(path) : rename(temporary, path));
    }
  } catch (thrown) {
    for (const { path, backup } of replaced.reverse()) await putBack(path, backup);
    for (const { temporary } of staged) await rm(temporary, { force: true }).catch(ignore);
    throw unwritable(current, thrown);
  }
  for (const { backup } of staged) await rm(backup, { force: true }).catch(ignore);
  for (const directory of directories) await flush(directory);
}

async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const leftovers = names.filter((name) => /^\..+\.[0-9a-f]{12}\.(?:new|old)$/.test(name));
  for (const name of leftovers) await rm(join(directory, name), { force: true }).catch(ignore);
}

/** `state_unwritable` for a path, from what the system said, with a remedy. */
export function unwritable(path: string, thrown: unknown): PaiError {
  const code = (thrown as NodeJS.ErrnoException).code ?? 'unknown error';
  const [reason, remedy] = reasons[code] ?? [`the system says ${code}`, 'correct that'];
  return new PaiError(
    'state_unwritable',
    `${path} could not be written: ${reason}; nothing was changed: ${remedy} and run the command again`,
    { cause: thrown },
  );
}

const full = ['the disk is full', 'free some space'] as const;
const denied = [
  'permission denied',
  'make the directory writable for this user or choose another --home',
] as const;
const reasons: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: full,
  EDQUOT: ['the disk quota is used up', 'free some space'],
  EFBIG: ['the file is larger than this process may write', 'raise the limit (ulimit -f)'],
  EACCES: denied,
  EPERM: denied,
  EROFS: ['the file system is read-only', 'choose another --home'],
  EISDIR: ['a directory stands in its place', 'remove that directory'],
  ENOTDIR: ['a file stands where a directory should be', 'remove that file'],
  EEXIST: ['a file stands where a directory should be', 'remove that file'],
};

function hidden(path: string, mark: string, what: string): string {
  return join(dirname(path), `.${basename(path)}.${mark}.${what}`);
}

async function stage(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A second name for the file at `path`, or undefined when there is none. */
async function keep(path: string, backup: string): Promise<string | undefined> {
  try {
    await link(path, backup);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // A file system without hard links, or a directory: of that one there is no copy, and nothing is touched.
    await copyFile(path, backup, constants.COPYFILE_EXCL);
  }
  return backup;
}

async function putBack(path: string, backup: string | undefined): Promise<void> {
  await (backup === undefined ? rm(path, { force: true }) : rename(backup, path)).catch(ignore);
}

function ignore(): void {}

async function flush(directory: string): Promise<void> {
  const handle = await open(directory).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
