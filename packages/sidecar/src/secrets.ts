import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PaiError, Secret, type SecretReader, toPaiError } from '@pai/core';
import { changeFiles, type FileChange, removeLeftovers } from './atomic-write.ts';
import { compiledPath, createCompiledFiles } from './compiled-file.ts';
import type { ResourceId } from './config.ts';
import { createFileValues, type FileValue, type FileValues } from './file-values.ts';
import { listFiles, resourcePath } from './home.ts';
import { withLock } from './lock.ts';
import {
  formatSecretFile,
  readSecretFile,
  readSecretText,
  type SecretFile,
  secretIn,
} from './secret-file.ts';
import { addCommand, type SecretKeys, usualKeys } from './secret-keys.ts';
import { createVault, findKey, readKey, readOrCreateKey, type Vault } from './vault.ts';

/** The keys of one Secret. */
export type StoredSecret = Pick<SecretReader, 'read'>;

/** Where Providers get their credentials: opens the Secret called `name`. Rejects with `secret_missing`, which says how to add `keys`, when there is none. */
export type SecretSource = (namespace: string, name: string, keys?: SecretKeys) => Promise<StoredSecret>;

/** A Secret as it may be shown: no value. */
export interface SecretEntry {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
  /** Why its file cannot be read, if it cannot. */
  readonly problem?: PaiError;
}

/** What became of a resource that was applied. */
export type Change = 'created' | 'configured' | 'unchanged';

/** The encrypted secrets of one home. */
export interface SecretStore {
  /**
   * Adds and replaces keys; the others stay. `files` are keys with the absolute paths of files that others keep their
   * values in. Throws `secret_invalid`, `state_unwritable` or `state_corrupt`.
   */
  readonly put: (
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
    files?: Readonly<Record<string, string>>,
  ) => Promise<'created' | 'updated'>;
  /** Every Secret, by namespace and name. */
  readonly list: () => Promise<readonly SecretEntry[]>;
  /** Opens one Secret; what it gives does not change when the Secret does, or a file that it names. */
  readonly reader: SecretSource;
  /** Whether a file that a value was read from has changed since, or since this was last asked. */
  readonly hasChanged: () => Promise<boolean>;
  /** What must be written to make a Secret hold exactly `data`: nothing when it is unchanged. Hold the lock. */
  readonly plan: (
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
  ) => Promise<{ readonly change: Change; readonly files: readonly FileChange[] }>;
}

/** Opens the secrets of a home: one file a Secret, its values encrypted with the key in `secret.key`. */
export function createSecretStore(home: string): SecretStore {
  const values = createFileValues();
  const put: SecretStore['put'] = (namespace, name, data, files = {}) =>
    withLock(home, async () => {
      const path = resourcePath(home, secretId(namespace, name));
      const stored = await readSecretFile(path, name);
      // A new key only where no value of this Secret was sealed with an older one.
      const key = await (stored === undefined ? readOrCreateKey(home) : readKey(home));
      const vault = createVault(key);
      const next = {
        encryptedData: { ...without(stored?.encryptedData, files), ...sealAll(vault, namespace, name, data) },
        files: { ...without(stored?.files, data), ...files },
      };
      await removeLeftovers(dirname(path));
      await changeFiles(await filesFor(home, key, path, await formatSecretFile(namespace, name, next)));
      return stored === undefined ? 'created' : 'updated';
    });

  const plan: SecretStore['plan'] = async (namespace, name, data) => {
    const path = resourcePath(home, secretId(namespace, name));
    const stored = await readSecretFile(path, name).catch(() => 'corrupt' as const);
    const key = await (typeof stored === 'object' ? readKey(home) : readOrCreateKey(home));
    const vault = createVault(key);
    if (typeof stored === 'object' && holds(vault, namespace, name, stored, data)) {
      return { change: 'unchanged', files: [] };
    }
    const encryptedData = sealAll(vault, namespace, name, data);
    const content = await formatSecretFile(namespace, name, { encryptedData });
    const files = await filesFor(home, key, path, content);
    return { change: stored === undefined ? 'created' : 'configured', files };
  };

  return {
    put,
    plan,
    list: () => listSecrets(home),
    reader: createReader(home, values),
    hasChanged: values.hasChanged,
  };
}

/** The entries of `all` whose key is not in `others`. */
function without(
  all: Readonly<Record<string, string>> = {},
  others: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !Object.hasOwn(others, key)));
}

async function filesFor(home: string, key: Buffer, path: string, content: string): Promise<FileChange[]> {
  const compiled = await createCompiledFiles(home, key).changeFor(path, content);
  return [{ path, content }, ...compiled];
}

function secretId(namespace: string, name: string): ResourceId {
  return { kind: 'Secret', namespace, name };
}

function sealAll(
  vault: Vault,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Record<string, string> {
  const sealed = Object.entries(data).map(([key, value]) => [
    key,
    vault.seal({ namespace, name, key }, value),
  ]);
  return Object.fromEntries(sealed);
}

function holds(
  vault: Vault,
  namespace: string,
  name: string,
  { encryptedData, files = {} }: SecretFile,
  data: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(data);
  if (Object.keys(files).length > 0 || keys.length !== Object.keys(encryptedData).length) return false;
  return keys.every((key) => {
    const sealed = Object.hasOwn(encryptedData, key) ? encryptedData[key] : undefined;
    if (sealed === undefined) return false;
    try {
      return vault.open({ namespace, name, key }, sealed) === data[key];
    } catch {
      return false;
    }
  });
}

async function listSecrets(home: string): Promise<readonly SecretEntry[]> {
  const entries: SecretEntry[] = [];
  for (const { id, path } of await listFiles(home, 'Secret')) {
    const { namespace, name } = id;
    try {
      const stored = await readSecretFile(path, name);
      const keys = Object.keys({ ...stored?.encryptedData, ...stored?.files });
      entries.push({ namespace, name, keys: keys.sort() });
    } catch (thrown) {
      entries.push({ namespace, name, keys: [], problem: toPaiError(thrown, `${path} cannot be read`) });
    }
  }
  return entries;
}

interface OpenSecret {
  readonly key: Buffer | undefined;
  readonly text: string;
  readonly secret: SecretFile;
  readonly values: FileContents;
  readonly reader: StoredSecret;
}

/** By key. */
type FileContents = Readonly<Record<string, FileValue>>;

/** A Secret whose file, key and values in files are what they were gives the reader that it gave. */
function createReader(home: string, fileValues: FileValues): SecretSource {
  const opened = new Map<string, OpenSecret>();
  const readFiles = async (files: Readonly<Record<string, string>> = {}): Promise<FileContents> => {
    const entries = Object.entries(files).map(async ([key, file]) => [key, await fileValues.read(file)]);
    return Object.fromEntries(await Promise.all(entries));
  };
  return async (namespace, name, keys) => {
    const path = resourcePath(home, secretId(namespace, name));
    const known = opened.get(path);
    // What is opened for the first time is waited for by a start.
    const read = known === undefined ? readNow : undefined;
    const text = await readSecretText(path, name, read);
    if (text === undefined) {
      opened.delete(path);
      throw missing(namespace, name, keys, 'does not exist');
    }
    const key = await findKey(home, read);
    const isKnown = known?.text === text && isDeepStrictEqual(known.key, key);
    const secret = isKnown ? known.secret : await openFile(home, { path, name, text, key, read });
    // A home whose values are all in files of others needs no key.
    const isSealed = Object.keys(secret.encryptedData).length > 0;
    const vault = isSealed ? createVault(key ?? (await readKey(home, read))) : undefined;
    const values = await readFiles(secret.files);
    if (isKnown && isDeepStrictEqual(values, known.values)) return known.reader;
    const reader = readerOf({ namespace, name }, secret, values, vault);
    opened.set(path, { key, text, secret, values, reader });
    return reader;
  };
}

async function openFile(home: string, { path, name, text, key, read }: OpenFile): Promise<SecretFile> {
  const form = await readSecretText(compiledPath(home, path), name, read).catch(() => undefined);
  return secretIn(path, name, await createCompiledFiles(home, key).read(path, text, form));
}

interface OpenFile {
  readonly path: string;
  readonly name: string;
  readonly text: string;
  readonly key: Buffer | undefined;
  readonly read: ((path: string) => string) | undefined;
}

function readNow(path: string): string {
  return readFileSync(path, 'utf8');
}

function readerOf(
  { namespace, name }: Omit<ResourceId, 'kind'>,
  { encryptedData }: SecretFile,
  values: FileContents,
  vault: Vault | undefined,
): StoredSecret {
  const find = (key: string, isFile: boolean): string => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value !== undefined) return textOf(`${name}/${key}`, value);
    const sealed = Object.hasOwn(encryptedData, key) ? encryptedData[key] : undefined;
    if (sealed === undefined || vault === undefined)
      throw missing(namespace, name, [{ key, isFile }], `has no key ${key}`);
    return vault.open({ namespace, name, key }, sealed);
  };
  return {
    read: (key, options) => new Secret(`${name}/${key}`, find(key, options?.multiline === true), options),
  };
}

function textOf(secret: string, value: FileValue): string {
  if ('text' in value) return value.text;
  const { code, message } = value.error;
  throw new PaiError(code, `secret ${secret} is kept in a file, but ${message}; put it there`);
}

function missing(namespace: string, name: string, keys: SecretKeys | undefined, why: string): PaiError {
  const command = addCommand(namespace, name, keys ?? usualKeys);
  return new PaiError('secret_missing', `secret ${name} ${why}; run: ${command}`);
}
