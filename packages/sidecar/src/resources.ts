import { toPaiError } from '@pai/core';
import {
  type AgentResource,
  apiVersion,
  documentSchemas,
  type ProviderSpec,
  type Resource,
  type ResourceKind,
} from './config.ts';
import type { ReadFile, YamlDocument } from './documents.ts';
import { nearestKey } from './nearest-key.ts';
import { loadPlugin, type Plugins } from './plugins.ts';
import { formatPlace, type Problem, problemsError } from './problems.ts';
import { checkFor } from './schema-check.ts';
import { type Fault, findFaults } from './validate.ts';

/** A file as it was read: its name for people and its text. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
  /** What the text holds, where that is known already. */
  readonly content?: ReadFile;
}

/** What resources are read with. */
export interface ReadOptions {
  readonly plugins: Plugins;
  /** Of documents that name none. Default `default`. */
  readonly namespace?: string | undefined;
}

/**
 * Reads and checks every document of the files. Throws one `config_invalid` that lists all that is wrong, a line each
 * with file, line, key and remedy; patterns and hosts are checked later, by composing.
 */
export async function readResources(
  files: readonly SourceFile[],
  options: ReadOptions,
): Promise<readonly Resource[]> {
  const problems: Problem[] = [];
  const resources: Resource[] = [];
  for (const { file, text, content } of files) {
    const { documents, problems: syntax } = content ?? (await readYaml(file, text));
    problems.push(...syntax);
    for (const document of documents) {
      const read = await readResource(document, options);
      if ('faults' in read) problems.push(...placeFaults(document, read.faults));
      else resources.push(read);
    }
  }
  problems.push(...duplicates(resources));
  if (problems.length > 0) throw problemsError(problems);
  return resources;
}

/** The parser is loaded by what has YAML to read. */
async function readYaml(file: string, text: string): Promise<ReadFile> {
  const { readDocuments } = await import('./documents.ts');
  return readDocuments(file, text);
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
  const value = document.value as Raw;
  const kind = kindOf(value);
  if (typeof kind !== 'string') return kind;
  const faults = findFaults(documentSchemas[kind], value);
  const spec = kind === 'Provider' ? await readProviderSpec(value, options) : undefined;
  const all = [...faults, ...(spec !== undefined && 'faults' in spec ? spec.faults : [])];
  if (all.length > 0) return { faults: all };
  const { name = '', namespace } = value.metadata ?? {};
  const id = { name, namespace: namespace ?? options.namespace ?? 'default', document };
  if (kind === 'Provider') return { kind, ...id, spec: spec as ProviderSpec };
  if (kind === 'Agent') return { kind, ...id, spec: (value as unknown as AgentResource).spec };
  return { kind, ...id, stringData: (value as { stringData: Record<string, string> }).stringData };
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
  if (kind === 'AccessKey') {
    return { faults: [{ path: ['kind'], message: `kind AccessKey is not in this version yet; ${remedy}` }] };
  }
  const nearest = typeof kind === 'string' ? nearestKey(kind, kinds) : undefined;
  const message = `kind ${JSON.stringify(kind)} is not known; ${nearest === undefined ? remedy : `did you mean ${nearest}`}`;
  return { faults: [{ path: ['kind'], message }] };
}

async function readProviderSpec(value: Raw, { plugins }: ReadOptions): Promise<ProviderSpec | Faults> {
  if (!Object.hasOwn(value, 'spec')) return { faults: [] };
  const type = (value.spec as { type?: unknown } | null)?.type;
  if (typeof type !== 'string') {
    const types = [...plugins.keys()].join(', ');
    const message = `spec.type is missing or not a string; use one of ${types}`;
    return { faults: [{ path: ['spec', 'type'], message }] };
  }
  try {
    const { spec: schema } = await loadPlugin(plugins, type);
    const check = await checkFor(schema);
    const spec = check.withDefaults(schema, value.spec);
    const faults = findFaults(schema, spec, ['spec'], check);
    return faults.length > 0 ? { faults } : (spec as ProviderSpec);
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
