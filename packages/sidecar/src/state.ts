import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PaiError, toPaiError } from '@pai/core';
import { changeFiles, type FileChange, removeLeftovers } from './atomic-write.ts';
import type { AgentResource, ProviderResource, Resource, ResourceId } from './config.ts';
import { listFiles, resourcePath } from './home.ts';
import { withLock } from './lock.ts';
import { nearestKey } from './nearest-key.ts';
import type { Plugins } from './plugins.ts';
import { readResources } from './resources.ts';
import { type Change, createSecretStore } from './secrets.ts';

/** A stored file that cannot be used, and why. */
export interface StateProblem extends ResourceId {
  /** `state_corrupt`, with file, line and remedy. */
  readonly error: PaiError;
}

/** Everything in a home but its secrets. */
export interface State {
  readonly home: string;
  readonly providers: readonly ProviderResource[];
  readonly agents: readonly AgentResource[];
  /** One broken file does not hide the others. */
  readonly problems: readonly StateProblem[];
}

/** What became of one applied resource. */
export interface Applied {
  readonly resource: Resource;
  readonly change: Change;
}

/** Reads a home. A home that does not exist is empty. */
export async function loadState(home: string, plugins: Plugins): Promise<State> {
  const providers: ProviderResource[] = [];
  const agents: AgentResource[] = [];
  const problems: StateProblem[] = [];
  for (const kind of ['Provider', 'Agent'] as const) {
    for (const { id, path } of await listFiles(home, kind)) {
      const read = await readStored(id, path, plugins);
      if (read === undefined) continue;
      if ('error' in read) problems.push(read);
      else if (read.kind === 'Provider') providers.push(read);
      else if (read.kind === 'Agent') agents.push(read);
    }
  }
  return { home, providers, agents, problems };
}

/**
 * Stores resources: all of them or none. Files keep what the user wrote; Secrets are encrypted. Throws
 * `state_unwritable` when they cannot be written.
 */
export async function applyResources(
  home: string,
  resources: readonly Resource[],
): Promise<readonly Applied[]> {
  return withLock(home, async () => {
    const planned = [];
    for (const resource of resources) planned.push({ resource, ...(await plan(home, resource)) });
    const changes = planned.filter(({ change }) => change !== 'unchanged').map(({ file }) => file);
    for (const directory of new Set(changes.map(({ path }) => dirname(path)))) {
      await removeLeftovers(directory);
    }
    await changeFiles(changes);
    return planned.map(({ resource, change }) => ({ resource, change }));
  });
}

/** Removes one resource. Throws `resource_missing`, naming the nearest there is, when it is not there. */
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
    await changeFiles([{ path, content: undefined }]);
  });
}

/** `resource_missing` for a resource, with what there is instead. */
export function missingResource(id: ResourceId, others: readonly ResourceId[]): PaiError {
  const names = others.filter(({ namespace }) => namespace === id.namespace).map(({ name }) => name);
  const nearest = nearestKey(id.name, names);
  const kind = id.kind.toLowerCase();
  const elsewhere = others.find(({ name }) => name === id.name)?.namespace;
  const known = names.length === 0 ? `there is no ${kind} here` : `there are ${names.join(', ')}`;
  const remedy = nearest === undefined ? known : `did you mean ${nearest}`;
  return new PaiError(
    'resource_missing',
    `${kind} ${id.name} does not exist in namespace ${id.namespace}; ${elsewhere === undefined ? remedy : `use --namespace ${elsewhere}`}`,
  );
}

async function plan(home: string, resource: Resource): Promise<{ change: Change; file: FileChange }> {
  if (resource.kind === 'Secret') {
    return createSecretStore(home).plan(resource.namespace, resource.name, resource.stringData);
  }
  const path = resourcePath(home, resource);
  const content = resource.document.text;
  const file = { path, content };
  try {
    return { change: (await readFile(path, 'utf8')) === content ? 'unchanged' : 'configured', file };
  } catch (thrown) {
    return { change: (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? 'created' : 'configured', file };
  }
}

async function readStored(
  id: ResourceId,
  path: string,
  plugins: Plugins,
): Promise<Resource | StateProblem | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const found = await readResources([{ file: path, text }], { plugins, namespace: id.namespace });
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
      throw new PaiError('state_corrupt', `${path}:1: the file holds ${found.length} resources; leave one`);
    }
    for (const key of ['kind', 'namespace', 'name'] as const) {
      if (resource[key] === id[key]) continue;
      const { line } = resource.document.placeOf(key === 'kind' ? ['kind'] : ['metadata', key]);
      throw new PaiError(
        'state_corrupt',
        `${path}:${line}: ${key} is ${resource[key]}, but the place of the file says ${id[key]}; correct one of them`,
      );
    }
    return resource;
  } catch (thrown) {
    // Deleted since it was listed.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { ...id, error: corrupt(id, path, thrown) };
  }
}

function corrupt({ kind, name }: ResourceId, path: string, thrown: unknown): PaiError {
  const { syscall, code } = thrown as NodeJS.ErrnoException;
  const system = syscall === undefined ? '' : ` (${code})`;
  const what = toPaiError(thrown, `${path}:1: the file cannot be read${system}; make it readable`).message;
  const remedy = `or run: pai apply -f with a good copy, or: pai delete ${kind.toLowerCase()} ${name}`;
  const lines = what.split('\n').map((line) => `${line}, ${remedy}`);
  return new PaiError('state_corrupt', lines.join('\n'), { cause: thrown });
}
