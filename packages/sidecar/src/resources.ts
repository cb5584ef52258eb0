import { toPaiError } from '@pai/core';
import { checkFor, hasPlainRules } from '@pai/policy';
import {
  type AccessKeyResource,
  type AgentResource,
  apiVersion,
  documentSchemas,
  type ProviderResource,
  type ProviderSpec,
  type ProviderTypeResource,
  type Resource,
  type ResourceKind,
} from './config.ts';
import { type DeclaredTypes, pluginsIn, readType, typeKey } from './declared.ts';
import type { ReadFile, YamlDocument } from './documents.ts';
import { nearestKey } from './nearest-key.ts';
import { loadPlugin, type Plugins } from './plugins.ts';
import { formatPlace, type Problem, problemsError } from './problems.ts';
import { withLaterRules } from './split-rules.ts';
import { type Fault, findFaults } from './validate.ts';

/** A file as it was read: its name for people and its text. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** What resources are read with. */
export interface ReadOptions {
  readonly plugins: Plugins;
  /** Of documents that name none. Default `default`. */
  readonly namespace?: string | undefined;
  /** Types that are declared elsewhere; one of the same name in the files takes its place. */
  readonly declared?: DeclaredTypes | undefined;
}

/**
 * Reads and checks every document of the files. Throws one `config_invalid` that lists all that is wrong, a line each
 * with file, line, key and remedy; patterns and hosts are checked later, by composing.
 */
export async function readResources(
  files: readonly SourceFile[],
  options: ReadOptions,
): Promise<readonly Resource[]> {
  // The parser is loaded by what has YAML to read.
  const yaml = await import('./documents.ts');
  return readResourcesIn(
    files.map(({ file, text }) => yaml.readDocuments(file, text)),
    options,
  );
}

/** The resources of files whose documents have been read. Throws as `readResources`. */
export async function readResourcesIn(
  files: readonly ReadFile[],
  options: ReadOptions,
): Promise<readonly Resource[]> {
  const problems = files.flatMap((file) => file.problems);
  const found = await readDocuments(
    files.flatMap(({ documents }) => documents),
    options,
  );
  const resources: Resource[] = [];
  for (const [document, read] of found) {
    if ('faults' in read) problems.push(...placeFaults(document, read.faults));
    else resources.push(read);
  }
  problems.push(...duplicates(resources));
  if (problems.length > 0) throw problemsError(problems);
  return resources;
}

/** In their order, but read with the types that are declared among them known. */
async function readDocuments(
  documents: readonly YamlDocument[],
  options: ReadOptions,
): Promise<readonly (readonly [YamlDocument, Resource | Faults])[]> {
  const declared = new Map(options.declared);
  const found = new Map<YamlDocument, Resource | Faults>();
  const isType = (document: YamlDocument) => rawOf(document)?.kind === 'ProviderType';
  for (const document of [...documents.filter(isType), ...documents.filter((one) => !isType(one))]) {
    const read = await readResource(document, { ...options, declared });
    found.set(document, read);
    if (!('faults' in read) && read.kind === 'ProviderType') declared.set(typeKey(read), read.plugin);
  }
  return documents.flatMap((document) => {
    const read = found.get(document);
    return read === undefined ? [] : [[document, read] as const];
  });
}

function placeFaults(document: YamlDocument, faults: readonly Fault[]): readonly Problem[] {
  return faults.map(({ path, message }) => ({ ...document.placeOf(path), message }));
}

interface Raw {
  readonly kind?: unknown;
  readonly metadata?: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

interface Faults {
  readonly faults: readonly Fault[];
}

async function readResource(document: YamlDocument, options: ReadOptions): Promise<Resource | Faults> {
  const value = rawOf(document) as Raw;
  const kind = kindOf(value);
  if (typeof kind !== 'string') return kind;
  const faults = findFaults(documentSchemas[kind], value);
  const { name = '', namespace = options.namespace ?? 'default' } = value.metadata ?? {};
  const spec = await readSpec(kind, document, { ...options, namespace });
  const all = [...faults, ...('faults' in spec ? spec.faults : [])];
  if (all.length > 0) return { faults: all };
  const id = { name, namespace, document };
  if (kind === 'Provider') return { kind, ...id, ...(spec as ReadProvider) };
  if (kind === 'ProviderType')
    return { kind, ...id, ...(spec as Awaited<ReturnType<typeof readType>> & Typed) };
  if (kind === 'Agent') return { kind, ...id, spec: (value as unknown as AgentResource).spec };
  if (kind === 'AccessKey') return { kind, ...id, spec: (value as unknown as AccessKeyResource).spec };
  return { kind, ...id, stringData: (value as { stringData: Record<string, string> }).stringData };
}

/** All of a document but its rules, if those may be read later. */
function rawOf(document: YamlDocument): Raw | null {
  const { value } = document.withoutRules ?? document;
  return value as Raw | null;
}

function kindOf(value: Raw | null): ResourceKind | Faults {
  const kinds = Object.keys(documentSchemas);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = `the document is not a mapping; start it with apiVersion: ${apiVersion}`;
    return { faults: [{ path: [], message }] };
  }
  const { kind } = value;
  if (typeof kind === 'string' && kinds.includes(kind)) return kind as ResourceKind;
  const remedy = `use ${kinds.join(', ')}`;
  if (kind === undefined) return { faults: [{ path: [], message: `kind is missing; ${remedy}` }] };
  const nearest = typeof kind === 'string' ? nearestKey(kind, kinds) : undefined;
  const message = `kind ${JSON.stringify(kind)} is not known; ${nearest === undefined ? remedy : `did you mean ${nearest}`}`;
  return { faults: [{ path: ['kind'], message }] };
}

type ReadProvider = Pick<ProviderResource, 'spec' | 'plugin' | 'laterRules'>;

type Typed = Pick<ProviderTypeResource, 'spec' | 'plugin'>;

/** Of the kinds whose spec has no schema of its own kind. What is no spec at all is told of by the document's. */
async function readSpec(
  kind: ResourceKind,
  document: YamlDocument,
  options: ReadOptions & { readonly namespace: string },
): Promise<ReadProvider | Typed | Faults> {
  const value = rawOf(document) as Raw;
  const isRead = (kind === 'Provider' || kind === 'ProviderType') && Object.hasOwn(value, 'spec');
  if (!isRead) return { faults: [] };
  return kind === 'Provider'
    ? readProviderSpec(document, options)
    : readType(String(value.metadata?.name), value.spec, options.plugins);
}

async function readProviderSpec(
  document: YamlDocument,
  { namespace, declared, ...options }: ReadOptions & { readonly namespace: string },
): Promise<ReadProvider | Faults> {
  const plugins = pluginsIn(namespace, options.plugins, declared);
  const type = (rawOf(document)?.spec as { type?: unknown } | null)?.type;
  if (typeof type !== 'string') {
    const types = [...plugins.keys()].join(', ');
    const message = `spec.type is missing or not a string; use one of ${types}`;
    return { faults: [{ path: ['spec', 'type'], message }] };
  }
  try {
    const { spec: schema } = await loadPlugin(plugins, type);
    const check = await checkFor(schema);
    const later = hasPlainRules(schema) ? document.withoutRules : undefined;
    const { value } = later ?? document;
    const spec = check.withDefaults(schema, (value as Raw).spec);
    const faults = findFaults(schema, spec, ['spec'], check);
    if (faults.length > 0) return { faults };
    const plugin = declared?.get(typeKey({ namespace, name: type }));
    const own = { ...(plugin !== undefined && { plugin }) };
    if (later === undefined) return { spec: spec as ProviderSpec, ...own };
    return { spec: withLaterRules(spec as ProviderSpec, later.rules), laterRules: later.rules, ...own };
  } catch (thrown) {
    const { message } = toPaiError(thrown, `the provider type ${type} could not be loaded; reinstall it`);
    return { faults: [{ path: ['spec', 'type'], message: `spec.type: ${message}` }] };
  }
}

function duplicates(resources: readonly Resource[]): readonly Problem[] {
  const first = new Map<string, Resource>();
  return resources.flatMap((resource) => {
    const key = `${resource.kind} ${resource.namespace}/${resource.name}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, resource);
      return [];
    }
    const at = formatPlace(earlier.document.placeOf(['metadata', 'name']));
    const message = `metadata.name ${resource.name} is already taken by the ${resource.kind} at ${at}; rename or remove one`;
    return [{ ...resource.document.placeOf(['metadata', 'name']), message }];
  });
}
