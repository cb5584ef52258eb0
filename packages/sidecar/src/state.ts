import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PaiError } from '@pai/core';
import { changeFiles, type FileChange } from './atomic-write.ts';
import { compiledPath, createCompiledFiles } from './compiled-file.ts';
import type { Resource, ResourceId } from './config.ts';
import { approvalsPath, listFiles, resourcePath, wordOf } from './home.ts';
import { withLock } from './lock.ts';
import { nearestKey } from './nearest-key.ts';
import { type Change, createSecretStore } from './secrets.ts';
import { readKey } from './vault.ts';

/** What became of one applied resource. */
export interface Applied {
  readonly resource: Resource;
  readonly change: Change;
}

/**
 * Stores resources: all of them or none. Files keep what the user wrote; Secrets are encrypted. `check` sees what is about to
 * become of them, while nobody else writes, and throws to have nothing written. Throws `state_unwritable` when they cannot be
 * written.
 */
export async function applyResources(
  home: string,
  resources: readonly Resource[],
  check: (planned: readonly Applied[]) => void = () => {},
): Promise<readonly Applied[]> {
  return withLock(home, async () => {
    const planned = [];
    for (const resource of resources) planned.push({ resource, ...(await plan(home, resource)) });
    const applied = planned.map(({ resource, change }) => ({ resource, change }));
    check(applied);
    await changeFiles(planned.flatMap(({ files }) => files));
    return applied;
  });
}

/** Removes one resource, with a Provider its approvals. Throws `resource_missing`, naming the nearest there is, when it is not there. */
export async function deleteResource(home: string, id: ResourceId): Promise<void> {
  const path = resourcePath(home, id);
  const find = async () => {
    const stored = (await listFiles(home, id.kind)).map((file) => file.id);
    const isStored = stored.some(({ name, namespace }) => name === id.name && namespace === id.namespace);
    if (!isStored) throw missingResource(id, stored);
  };
  await find();
  await withLock(home, async () => {
    await find();
    const approvals = id.kind === 'Provider' ? [approvalsPath(home, id.namespace, id.name)] : [];
    const gone = [path, compiledPath(home, path), ...approvals].filter((file) => existsSync(file));
    await changeFiles(gone.map((file) => ({ path: file, content: undefined })));
  });
}

/** `resource_missing` for a resource, with what there is instead. */
export function missingResource(id: ResourceId, others: readonly ResourceId[]): PaiError {
  const names = others.filter(({ namespace }) => namespace === id.namespace).map(({ name }) => name);
  const nearest = nearestKey(id.name, names);
  const kind = wordOf(id.kind);
  const elsewhere = others.find(({ name }) => name === id.name)?.namespace;
  const known = names.length === 0 ? `there is no ${kind} here` : `there are ${names.join(', ')}`;
  const remedy = nearest === undefined ? known : `did you mean ${nearest}`;
  return new PaiError(
    'resource_missing',
    `${kind} ${id.name} does not exist in namespace ${id.namespace}; ${elsewhere === undefined ? remedy : `use --namespace ${elsewhere}`}`,
  );
}

async function plan(
  home: string,
  resource: Resource,
): Promise<{ change: Change; files: readonly FileChange[] }> {
  if (resource.kind === 'Secret') {
    return createSecretStore(home).plan(resource.namespace, resource.name, resource.stringData);
  }
  const path = resourcePath(home, resource);
  const content = resource.document.text;
  const compiled = createCompiledFiles(home, await readKey(home).catch(() => undefined));
  const files = [{ path, content }, ...(await compiled.changeFor(path, content))];
  const stored = await Promise.all(files.map((file) => readStored(file.path)));
  const changed = files.filter((file, i) => file.content !== stored[i]);
  if (stored[0] === content) return { change: 'unchanged', files: changed };
  return { change: stored[0] === undefined ? 'created' : 'configured', files: changed };
}

/** The text of a file; undefined when there is none, null when it cannot be read. */
async function readStored(path: string): Promise<string | undefined | null> {
  return readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) =>
    thrown.code === 'ENOENT' ? undefined : null,
  );
}
