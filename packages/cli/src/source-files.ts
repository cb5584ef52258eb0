import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PaiError } from '@pai/core';
import type { SourceFile } from '@pai/sidecar';

/**
 * Reads what `-f` names: a file, every YAML or JSON file of a directory (not of those inside it), or `-` for standard
 * input. Throws `config_invalid` for what cannot be read.
 */
export async function readSourceFiles(
  paths: readonly string[],
  stdin: Readable,
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    if (path === '-') files.push({ file: 'stdin', text: await text(stdin) });
    else for (const file of await expand(path)) files.push({ file, text: await read(file) });
  }
  return files;
}

async function expand(path: string): Promise<readonly string[]> {
  const facts = await stat(path).catch((thrown: NodeJS.ErrnoException) => {
    throw unreadable(path, thrown);
  });
  if (!facts.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /^[^.].*\.(?:ya?ml|json)$/.test(name)).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new PaiError(
    'config_invalid',
    `${path} has no .yaml, .yml or .json file; name the directory that has them`,
  );
}

async function read(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await readFile(path));
  } catch (thrown) {
    throw unreadable(path, thrown as NodeJS.ErrnoException);
  }
}

function unreadable(path: string, { code }: NodeJS.ErrnoException): PaiError {
  const why =
    code === 'ENOENT' ? 'does not exist; check the path' : `cannot be read (${code}); make it readable UTF-8`;
  return new PaiError('config_invalid', `${path} ${why}`);
}
