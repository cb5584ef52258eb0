import { readFileSync } from 'node:fs';
import {
  PaiError,
  type RenewSecret,
  Secret,
  type SecretLookup,
  type SecretReader,
  toPaiError,
} from '@pai/core';
import type { FileChange } from './atomic-write.ts';
import { compiledPath, createCompiledFiles } from './compiled-file.ts';
import type { ResourceId } from './config.ts';
import { areSameValues, createFileValues, type FileContents, type FileValues } from './file-values.ts';
import { listFiles, resourcePath } from './home.ts';
import {
  formatSecretFile,
  readSecretFile,
  readSecretText,
  type SecretFile,
  secretIn,
} from './secret-file.ts';
import { addCommand, type SecretKeys, usualKeys } from './secret-keys.ts';
import { changeSecret } from './secret-renewal.ts';
import { filesFor, type SecretName, sealAll, writeSecret } from './secret-write.ts';
import { createVault, findKey, readKey, readOrCreateKey, type Vault } from './vault.ts';

/** The keys of one Secret. */
export interface StoredSecret extends Pick<SecretReader, 'read'> {
  /** Changes the Secret, which stays the same to whoever reads it. Left out where nothing is stored. */
  readonly renew?: RenewSecret;
}

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
  /** Opens one Secret; what it gives changes with the Secret, or a file that it names, only by its own `renew`. */
  readonly reader: SecretSource;
  /** What a Secret holds now; nothing where there is none. Rejects with `state_corrupt`. */
  readonly look: (namespace: string, name: string) => Promise<SecretLookup>;
  /** Changes or makes a Secret, by what it holds then. Throws as `put`. */
  readonly change: (
    namespace: string,
    name: string,
    change: Parameters<RenewSecret>[0],
  ) => Promise<'created' | 'updated' | 'unchanged'>;
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
  const plan: SecretStore['plan'] = async (namespace, name, data) => {
    const path = resourcePath(home, secretId(namespace, name));
    const stored = await readSecretFile(path, name).catch(() => 'corrupt' as const);
    const key = await (typeof stored === 'object' ? readKey(home) : readOrCreateKey(home));
    const vault = createVault(key);
    if (typeof stored === 'object' && holds(vault, namespace, name, stored, data)) {
      return { change: 'unchanged', files: [] };
    }
    const encryptedData = sealAll(vault, { namespace, name }, data);
    const content = await formatSecretFile(namespace, name, { encryptedData });
    const files = await filesFor(home, key, path, content);
    return { change: stored === undefined ? 'created' : 'configured', files };
  };

  return {
    put: (namespace, name, data, files) =>
      writeSecret(home, { namespace, name }, { data, ...(files !== undefined && { files }) }),
    plan,
    look: (namespace, name) => lookIn(home, { namespace, name }),
    change: (namespace, name, change) => {
      const place = { namespace, name };
      return changeSecret(home, place, () => lookIn(home, place), change);
    },
    list: () => listSecrets(home),
    reader: createReader(home, values),
    hasChanged: values.hasChanged,
  };
}

function secretId(namespace: string, name: string): ResourceId {
  return { kind: 'Secret', namespace, name };
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

/** A Secret as it was read last. */
interface OpenSecret {
  readonly key: Buffer | undefined;
  text: string;
  contents: SecretContents;
  reader: StoredSecret;
  /** The text that a renewal of this process gives the file. */
  own: string | undefined;
}

interface SecretContents {
  readonly secret: SecretFile;
  readonly values: FileContents;
}

/** A Secret whose file, key and values in files are what they were, or what a renewal made them, gives the reader that it gave. */
function createReader(home: string, fileValues: FileValues): SecretSource {
  const opened = new Map<string, OpenSecret>();
  return async (namespace, name, keys) => {
    const place = { namespace, name };
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
    const isSame = known?.text === text || known?.own === text;
    const isKnown = known !== undefined && isSame && hasKey(known, key);
    const secret =
      isKnown && known.text === text
        ? known.contents.secret
        : await openFile(home, { path, name, text, key, read });
    const contents = { secret, values: await readFiles(secret.files, fileValues) };
    if (isKnown && areSameValues(contents.values, known.contents.values)) {
      Object.assign(known, { text, contents });
      return known.reader;
    }
    const vault = await vaultFor(secret, () => key ?? readKey(home, read));
    const find = (wanted: string, isFile: boolean) => {
      const found = valueIn(place, wanted, entry.contents, vault);
      if (found !== undefined) return found;
      throw missing(namespace, name, [{ key: wanted, isFile }], `has no key ${wanted}`);
    };
    const reader: StoredSecret = {
      read: (wanted, options) =>
        new Secret(`${name}/${wanted}`, find(wanted, options?.multiline === true), options),
      renew: async (change) => {
        const onText = async (next: string) => {
          const before = await readSecretText(path, name);
          if (before === undefined) throw deleted(name);
          // Else it holds what somebody else has written, and whoever reads that is to begin anew.
          if (before === entry.text || before === entry.own) entry.own = next;
        };
        await changeSecret(home, place, () => lookIn(home, place), change, onText);
      },
    };
    const entry: OpenSecret = { key, text, contents, reader, own: undefined };
    opened.set(path, entry);
    return reader;
  };
}

function hasKey({ key }: OpenSecret, other: Buffer | undefined): boolean {
  return key === undefined || other === undefined ? key === other : key.equals(other);
}

/** What a Secret holds now; nothing where there is none. Whoever waits for changes of its files still sees them. */
async function lookIn(home: string, place: SecretName): Promise<SecretLookup> {
  const path = resourcePath(home, { kind: 'Secret', ...place });
  const secret = await readSecretFile(path, place.name);
  if (secret === undefined) return () => undefined;
  const vault = await vaultFor(secret, () => readKey(home));
  const contents = { secret, values: await readFiles(secret.files, createFileValues()) };
  return (key) => {
    const value = valueIn(place, key, contents, vault);
    return value === undefined ? undefined : new Secret(`${place.name}/${key}`, value);
  };
}

/** A home whose values are all in files of others needs no key. */
async function vaultFor(
  { encryptedData }: SecretFile,
  readIt: () => Buffer | Promise<Buffer>,
): Promise<Vault | undefined> {
  return Object.keys(encryptedData).length > 0 ? createVault(await readIt()) : undefined;
}

async function readFiles(
  files: Readonly<Record<string, string>> = {},
  fileValues: FileValues,
): Promise<FileContents> {
  const entries = Object.entries(files).map(async ([key, file]) => [key, await fileValues.read(file)]);
  return Object.fromEntries(await Promise.all(entries));
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

function valueIn(
  place: SecretName,
  key: string,
  { secret, values }: SecretContents,
  vault: Vault | undefined,
): string | undefined {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (value !== undefined) return textOf(`${place.name}/${key}`, value);
  const sealed = Object.hasOwn(secret.encryptedData, key) ? secret.encryptedData[key] : undefined;
  return sealed === undefined || vault === undefined ? undefined : vault.open({ ...place, key }, sealed);
}

function textOf(secret: string, value: FileContents[string]): string {
  if ('text' in value) return value.text;
  const { code, message } = value.error;
  throw new PaiError(code, `secret ${secret} is kept in a file, but ${message}; put it there`);
}

/** Whoever deletes a credential wants it gone, also one that is being renewed. */
function deleted(name: string): PaiError {
  return new PaiError('secret_missing', `secret ${name} has been deleted meanwhile; add it again`);
}

function missing(namespace: string, name: string, keys: SecretKeys | undefined, why: string): PaiError {
  const command = addCommand(namespace, name, keys ?? usualKeys);
  return new PaiError('secret_missing', `secret ${name} ${why}; run: ${command}`);
}
