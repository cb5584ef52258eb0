import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PaiError, toPaiError } from '@pai/core';
import { factsOf } from './file-facts.ts';

/** A value as its file has it now, or why there is none. */
export type FileValue = { readonly text: string } | { readonly error: PaiError };

/** The values of one Secret that are kept in files, by key. */
export type FileContents = Readonly<Record<string, FileValue>>;

/** Whether two readings gave the same. */
export function areSameValues(some: FileContents, others: FileContents): boolean {
  // Most Secrets have none, and a comparison's first call takes 3 ms, which a reload does not wait for.
  const isNone = Object.keys(some).length + Object.keys(others).length === 0;
  return isNone || isDeepStrictEqual(some, others);
}

/** Values that others keep in files and change there, such as tokens that a platform projects. */
export interface FileValues {
  /**
   * Reads the value at an absolute path, without one newline at its end. Not a value is `secret_missing` for a file that
   * is not there, `secret_invalid` for one that cannot be read, is no regular file, is over 1 MiB or is not text.
   */
  read(path: string): Promise<FileValue>;
  /** Whether a file was written, replaced, laid or removed since it was read, or since this was last asked. */
  hasChanged(): Promise<boolean>;
}

/** Bytes. */
const longestValue = 1_048_576;

/** Remembers every file that was read, also one that was not there. */
export function createFileValues(): FileValues {
  const known = new Map<string, string>();
  return {
    read: async (path) => {
      // Taken before the content: what changes in between is read once more.
      known.set(path, (await factsOf(path)).state);
      try {
        return { text: await readValue(path) };
      } catch (thrown) {
        return { error: toPaiError(thrown, `the file ${path} cannot be read`) };
      }
    },
    hasChanged: async () => {
      let isChanged = false;
      for (const [path, before] of [...known]) {
        const { state: now } = await factsOf(path);
        if (now === before || known.get(path) !== before) continue;
        known.set(path, now);
        isChanged = true;
      }
      return isChanged;
    },
  };
}

async function readValue(path: string): Promise<string> {
  if (!isAbsolute(path)) throw invalid(path, 'is not named by an absolute path');
  // Without O_NONBLOCK a named pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') throw new PaiError('secret_missing', `the file ${path} does not exist`);
      throw invalid(path, `cannot be read (${thrown.code})`);
    },
  );
  try {
    return decode(path, await contentOf(path, file));
  } finally {
    await file.close();
  }
}

async function contentOf(path: string, file: FileHandle): Promise<Buffer> {
  const facts = await file.stat();
  if (!facts.isFile()) throw invalid(path, 'is not a regular file');
  if (facts.size > longestValue) throw invalid(path, `is larger than ${longestValue} bytes`);
  return file.readFile();
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw invalid(path, 'is not text (UTF-8)');
  }
}

function invalid(path: string, why: string): PaiError {
  return new PaiError('secret_invalid', `the file ${path} ${why}`);
}
