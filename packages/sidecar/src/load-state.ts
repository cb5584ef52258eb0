import { readFile } from 'node:fs/promises';
import { commandIn, PaiError, type ProviderPlugin, toPaiError } from '@pai/core';
import { type CompiledFiles, compiledPath, createCompiledFiles } from './compiled-file.ts';
import type {
  AccessKeyResource,
  AgentResource,
  ProviderResource,
  ProviderTypeResource,
  Resource,
  ResourceId,
  ResourceKind,
} from './config.ts';
import { type DeclaredTypes, typeKey } from './declared.ts';
import { factsNow, factsOfAll } from './file-facts.ts';
import { listFiles, wordOf } from './home.ts';
import { createPauses } from './pauses.ts';
import type { Plugins } from './plugins.ts';
import { createReadNow } from './read-now.ts';
import { readResourcesIn } from './resources.ts';
import { readKey } from './vault.ts';

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
  readonly types: readonly ProviderTypeResource[];
  /** Keys of the gateway, where they were asked for. */
  readonly accessKeys: readonly AccessKeyResource[];
  /** One broken file does not hide the others. */
  readonly problems: readonly StateProblem[];
}

/** Reads a home. A home that does not exist is empty. */
export function loadState(home: string, plugins: Plugins): Promise<State> {
  return createStateReader(home, plugins, ['ProviderType', 'Provider', 'Agent', 'AccessKey'])();
}

/**
 * Reads the `kinds` of a home again and again: what a sidecar serves, when they are left out. A file that holds the text
 * it held before is the same resource as before, and one that nobody has touched is not read again. What `firstLook` saw
 * may be older than the first reading, but no file may have been read before it.
 */
export function createStateReader(
  home: string,
  plugins: Plugins,
  kinds: readonly Exclude<ResourceKind, 'Secret'>[] = ['ProviderType', 'Provider', 'Agent'],
): (firstLook?: typeof factsNow) => Promise<State> {
  let known: ReadonlyMap<string, Remembered> | undefined;
  return async (firstLook = factsNow) => {
    const compiled = createCompiledFiles(home, await readKey(home).catch(() => undefined));
    // Nobody is served yet when a home is read for the first time, and one file after the other takes a third of the time.
    const [readContent, look] = known === undefined ? [createReadNow(), firstLook] : [readLater, factsOfAll];
    // Read first: Providers are of these types.
    const declared = new Map<string, ProviderPlugin>();
    const reader: Reader = { home, plugins, declared, compiled, readContent };
    const read = new Map<string, Remembered>();
    const problems: StateProblem[] = [];
    const breathe = createPauses();
    for (const kind of kinds) {
      const files = await listFiles(home, kind);
      // Taken before the content: what changes in between is read once more.
      const facts = await look(files.map(({ path }) => path));
      for (const [i, { id, path }] of files.entries()) {
        if (known !== undefined) await breathe();
        const state = facts[i]?.isSettled === true ? facts[i].state : undefined;
        const before = known?.get(path);
        const isSame = state !== undefined && before?.state === state && isOfType(before.resource, declared);
        const found = isSame ? before : await readStored(id, path, before, reader);
        if (found === undefined) continue;
        if ('error' in found) problems.push(found);
        else {
          read.set(path, { ...found, state });
          if (found.resource.kind === 'ProviderType') declared.set(typeKey(id), found.resource.plugin);
        }
      }
    }
    known = read;
    const resources = [...read.values()].map(({ resource }) => resource);
    return {
      home,
      providers: resources.filter((resource) => resource.kind === 'Provider'),
      agents: resources.filter((resource) => resource.kind === 'Agent'),
      types: resources.filter((resource) => resource.kind === 'ProviderType'),
      accessKeys: resources.filter((resource) => resource.kind === 'AccessKey'),
      problems,
    };
  };
}

interface Read {
  readonly content: Buffer;
  readonly resource: Resource;
}

interface Remembered extends Read {
  /** Of its file; undefined when a change might leave it as it is. */
  readonly state: string | undefined;
}

interface Reader {
  readonly home: string;
  readonly plugins: Plugins;
  readonly declared: DeclaredTypes;
  readonly compiled: CompiledFiles;
  readonly readContent: (path: string) => Buffer | Promise<Buffer>;
}

function readLater(path: string): Promise<Buffer> {
  return readFile(path);
}

async function readStored(
  id: ResourceId,
  path: string,
  known: Read | undefined,
  reader: Reader,
): Promise<Read | StateProblem | undefined> {
  try {
    const content = await reader.readContent(path);
    const isKnown = known?.content.equals(content) === true && isOfType(known.resource, reader.declared);
    return isKnown ? known : { content, resource: await readOne(id, path, content, reader) };
  } catch (thrown) {
    // Deleted since it was listed.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { ...id, error: corrupt(id, path, thrown) };
  }
}

/** A Provider whose declared type has changed is another one, though its own text is what it was. */
function isOfType(resource: Resource, declared: DeclaredTypes): boolean {
  if (resource.kind !== 'Provider') return true;
  const { namespace, spec, plugin } = resource;
  if (declared.size === 0) return plugin === undefined;
  return plugin === declared.get(typeKey({ namespace, name: spec.type }));
}

async function readOne(
  id: ResourceId,
  path: string,
  content: Buffer,
  { home, plugins, declared, compiled, readContent }: Reader,
): Promise<Resource> {
  const form = await attempt(() => readContent(compiledPath(home, path)));
  const read = await compiled.read(path, content, form);
  const found = await readResourcesIn([read], { plugins, declared, namespace: id.namespace });
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
}

/** What a call gives, or undefined: a compiled form that cannot be read is none. */
async function attempt<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch {
    return undefined;
  }
}

function corrupt({ kind, namespace, name }: ResourceId, path: string, thrown: unknown): PaiError {
  const { syscall, code } = thrown as NodeJS.ErrnoException;
  const system = syscall === undefined ? '' : ` (${code})`;
  const what = toPaiError(thrown, `${path}:1: the file cannot be read${system}; make it readable`).message;
  const command = commandIn(namespace, `pai delete ${wordOf(kind)} ${name}`);
  const remedy = `or run: pai apply -f with a good copy, or: ${command}`;
  const lines = what.split('\n').map((line) => `${line}, ${remedy}`);
  return new PaiError('state_corrupt', lines.join('\n'), { cause: thrown });
}
