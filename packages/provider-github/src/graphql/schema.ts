import { githubSchema } from './schema.generated.ts';

/** One type of GitHub's schema. */
export interface SchemaType {
  readonly name: string;
  readonly kind: 'object' | 'connection' | 'abstract';
  /** What it can be: itself, or the object types of an abstract one. */
  readonly objects: ReadonlySet<string>;
  /** Fields that lead to another type. Leaves are not here. */
  readonly links: ReadonlyMap<string, string>;
}

/** One mutation of GitHub's schema, with the dotted paths in its input that hold node ids, or name a repository in words: `owner/repo`, a URL. */
export interface SchemaMutation {
  readonly payload: string;
  readonly ids: readonly string[];
  readonly repositories: readonly string[];
}

/** A type by name; undefined for one that the schema has not. */
export function schemaType(name: string): SchemaType | undefined {
  const known = types.get(name);
  if (known !== undefined) return known;
  const line = lines.get(name);
  if (line === undefined) return undefined;
  const type = readType(name, line);
  types.set(name, type);
  return type;
}

/** A mutation by name; undefined for one that the schema has not. */
export function schemaMutation(name: string): SchemaMutation | undefined {
  const line = mutations.get(name);
  if (line === undefined) return undefined;
  const [payload = '', ...paths] = line.split(' ');
  return {
    payload,
    ids: paths.filter((path) => !path.startsWith('@')),
    repositories: paths.filter((path) => path.startsWith('@')).map((path) => path.slice(1)),
  };
}

/** The names of all mutations. */
export function mutationNames(): readonly string[] {
  return [...mutations.keys()];
}

/** The names of all types. */
export function typeNames(): readonly string[] {
  return [...lines.keys()];
}

/** Lines are split at once and read when they are asked for. */
const lines = new Map<string, string>();
const mutations = new Map<string, string>();
const types = new Map<string, SchemaType>();

for (const line of githubSchema.trim().split('\n')) {
  const end = line.indexOf(' ', 2);
  const name = end === -1 ? line.slice(2) : line.slice(2, end);
  const rest = end === -1 ? '' : line.slice(end + 1);
  if (line.startsWith('m')) mutations.set(name, rest);
  else lines.set(name, `${line[0]} ${rest}`);
}

const kinds: Readonly<Record<string, SchemaType['kind']>> = {
  o: 'object',
  c: 'connection',
  a: 'abstract',
};

function readType(name: string, line: string): SchemaType {
  const [letter = '', ...words] = line.split(' ').filter(Boolean);
  const kind = kinds[letter] ?? 'object';
  const members = words.filter((word) => word.startsWith('=')).map((word) => word.slice(1));
  const links = words.filter((word) => !word.startsWith('=')).map((word) => word.split(':'));
  return {
    name,
    kind,
    objects: new Set(kind === 'abstract' ? members : [name]),
    links: new Map(links.map(([field = '', target = '']) => [field, target])),
  };
}
