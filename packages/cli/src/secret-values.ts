import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { PaiError } from '@pai/core';

/** One key of a secret, as the command line gave it. */
export interface SecretValue {
  readonly key: string;
  readonly value: string;
  /** It was a whole file, so that it may have several lines. */
  readonly isMultiline: boolean;
}

/** Reads `KEY=VALUE`. Throws `usage`, without repeating what may be a credential. */
export function readLiteral(text: string): SecretValue {
  const mark = text.indexOf('=');
  if (mark > 0) return { key: text.slice(0, mark), value: text.slice(mark + 1), isMultiline: false };
  throw new PaiError('usage', '--from-literal wants KEY=VALUE; write --from-literal token=…');
}

/**
 * Reads `KEY=PATH`, or `PATH` with the file's name as the key; `-` is standard input. One newline at the end is dropped.
 * Throws `usage` or `secret_invalid`.
 */
export async function readValueFile(text: string, stdin: Readable): Promise<SecretValue> {
  const mark = text.indexOf('=');
  const path = text.slice(mark + 1);
  const key = mark > 0 ? text.slice(0, mark) : basename(path);
  if (path === '' || mark === 0 || key === '-') {
    throw new PaiError('usage', '--from-file wants KEY=PATH; write --from-file token=PATH');
  }
  const bytes = path === '-' ? await buffer(stdin) : await readBytes(path);
  const value = decode(bytes, path).replace(/\r?\n$/, '');
  return { key, value, isMultiline: true };
}

/** Reads `KEY=PATH`, and gives the key with the absolute path. Throws `usage`. */
export function readPath(text: string): { readonly key: string; readonly path: string } {
  const mark = text.indexOf('=');
  const path = text.slice(mark + 1);
  if (mark < 1 || path === '') {
    throw new PaiError('usage', '--from-path wants KEY=PATH; write --from-path token=PATH');
  }
  return { key: text.slice(0, mark), path: resolve(path) };
}

/** Reads `KEY=VALUE` lines, with comments, blank lines, `export` and quotes as in dotenv files. Throws `config_invalid` with the line. */
export async function readEnvFile(path: string): Promise<readonly SecretValue[]> {
  const lines = decode(await readBytes(path), path).split(/\r?\n/);
  return lines.flatMap((line, i) => {
    if (/^\s*(?:#.*)?$/.test(line)) return [];
    const [entry] = Object.entries(parseEnv(line));
    const [key, value] = entry ?? [];
    if (key !== undefined && value !== undefined) return [{ key, value, isMultiline: false }];
    throw new PaiError('config_invalid', `${path}:${i + 1}: the line is not KEY=VALUE; correct it`);
  });
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    const why =
      thrown.code === 'ENOENT' ? 'does not exist; check the path' : `cannot be read (${thrown.code})`;
    throw new PaiError('secret_invalid', `${path} ${why}`);
  });
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PaiError('secret_invalid', `${path} is not text (UTF-8); store the credential in a text file`);
  }
}
