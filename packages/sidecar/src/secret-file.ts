import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { commandIn, PaiError } from '@pai/core';
import { type Static, Type } from 'typebox';
import { apiVersion, metadataSchema, secretKeyPattern, strings } from './config.ts';
import type { ReadFile } from './documents.ts';
import { formatPlace } from './problems.ts';
import { findFaults } from './validate.ts';

/** What the file of a Secret holds: names in clear, values sealed by a vault. */
export type SecretFile = Static<typeof storedSchema>;

const storedSchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal('Secret'),
    metadata: metadataSchema,
    encryptedData: strings(secretKeyPattern, {
      additionalProperties: false,
      description: 'Keys and their encrypted values.',
    }),
    files: Type.Optional(
      strings(secretKeyPattern, {
        additionalProperties: false,
        description: 'Keys and the absolute paths of the files that hold their values.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** The text of the file of the Secret called `name`, undefined when there is none. Throws `state_corrupt`. */
export async function readSecretText(
  path: string,
  name: string,
  read: (path: string) => string | Promise<string> = readLater,
): Promise<string | undefined> {
  try {
    return await read(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw corrupt(`${path}: the file cannot be read (${code}); make it readable`, path, name);
  }
}

function readLater(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

/** The Secret called `name`, undefined when there is none. Throws `state_corrupt` with file, line and remedy. */
export async function readSecretFile(path: string, name: string): Promise<SecretFile | undefined> {
  const text = await readSecretText(path, name);
  if (text === undefined) return undefined;
  const { readDocuments } = await import('./documents.ts');
  return secretIn(path, name, readDocuments(path, text));
}

/** The Secret called `name` that a file holds. Throws `state_corrupt` with file, line and remedy. */
export function secretIn(path: string, name: string, { documents, problems }: ReadFile): SecretFile {
  const [problem] = problems;
  if (problem !== undefined) throw corrupt(`${formatPlace(problem)}: ${problem.message}`, path, name);
  const [document] = documents;
  if (document === undefined || documents.length > 1)
    throw corrupt(`${path}:1: the file is not one document; restore it`, path, name);
  const [fault] = findFaults(storedSchema, document.value);
  if (fault !== undefined) {
    throw corrupt(`${formatPlace(document.placeOf(fault.path))}: ${fault.message}`, path, name);
  }
  return document.value as SecretFile;
}

/** Of two Secrets with one name the command is not to delete the other. */
function corrupt(what: string, path: string, name: string): PaiError {
  const command = commandIn(basename(dirname(path)), `pai delete secret ${name}`);
  const remedy = `or run: ${command}, and add it again`;
  return new PaiError('state_corrupt', `${what}, ${remedy}`);
}

/** The text of the file of a Secret. */
export async function formatSecretFile(
  namespace: string,
  name: string,
  { encryptedData, files = {} }: Pick<SecretFile, 'encryptedData' | 'files'>,
): Promise<string> {
  const { stringify } = await import('yaml');
  const sources = Object.keys(files).length === 0 ? {} : { files };
  return stringify(
    { apiVersion, kind: 'Secret', metadata: { name, namespace }, encryptedData, ...sources },
    { lineWidth: 0 },
  );
}
