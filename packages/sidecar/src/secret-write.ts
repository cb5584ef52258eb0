import type { SecretChange } from '@pai/core';
import { changeFiles, type FileChange } from './atomic-write.ts';
import { createCompiledFiles } from './compiled-file.ts';
import type { ResourceId } from './config.ts';
import { resourcePath } from './home.ts';
import { withLock } from './lock.ts';
import { formatSecretFile, readSecretFile, type SecretFile } from './secret-file.ts';
import { createVault, findKey, readKey, readOrCreateKey, type Vault } from './vault.ts';

/** The Secret of a namespace and a name. */
export type SecretName = Omit<ResourceId, 'kind'>;

/** Keys that a Secret gets or loses; the others stay. */
export interface SecretWrite {
  readonly data: SecretChange;
  /** Keys with the absolute paths of files that others keep their values in. */
  readonly files?: Readonly<Record<string, string>>;
  /** Told the text of the file while the former one is still there, and nobody else writes. What it throws leaves that. */
  readonly onText?: (text: string) => Promise<void>;
}

/** Writes a Secret of a home. Throws `state_unwritable` or `state_corrupt`. */
export function writeSecret(
  home: string,
  place: SecretName,
  { data, files = {}, onText }: SecretWrite,
): Promise<'created' | 'updated'> {
  const { namespace, name } = place;
  return withLock(home, async () => {
    const path = resourcePath(home, { kind: 'Secret', ...place });
    const stored = await readSecretFile(path, name);
    const key = await keyFor(home, stored, data);
    const kept = without(without(stored?.encryptedData, files), data);
    const sealed = key === undefined ? {} : sealAll(createVault(key), place, data);
    const next = {
      encryptedData: { ...kept, ...sealed },
      files: { ...without(stored?.files, data), ...files },
    };
    const text = await formatSecretFile(namespace, name, next);
    const changes = await filesFor(home, key, path, text);
    await onText?.(text);
    await changeFiles(changes);
    return stored === undefined ? 'created' : 'updated';
  });
}

async function keyFor(
  home: string,
  stored: SecretFile | undefined,
  data: SecretChange,
): Promise<Buffer | undefined> {
  if (Object.values(data).every((value) => value === undefined)) return findKey(home);
  // A new key only where no value of this Secret was sealed with an older one.
  const isSealed = Object.keys(stored?.encryptedData ?? {}).length > 0;
  return isSealed ? readKey(home) : readOrCreateKey(home);
}

/** The entries of `all` whose key is not in `others`. */
function without(
  all: Readonly<Record<string, string>> = {},
  others: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !Object.hasOwn(others, key)));
}

/** What is to be written so that the file of a Secret has this text. */
export async function filesFor(
  home: string,
  key: Buffer | undefined,
  path: string,
  text: string,
): Promise<FileChange[]> {
  const compiled = await createCompiledFiles(home, key).changeFor(path, text);
  return [{ path, content: text }, ...compiled];
}

/** The values of a Secret, each sealed for its place. */
export function sealAll(vault: Vault, place: SecretName, data: SecretChange): Record<string, string> {
  const values = Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(values.map(([key, value]) => [key, vault.seal({ ...place, key }, value)]));
}
