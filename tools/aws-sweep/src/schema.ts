/** A node of the schemas that AWS's clients export; the array's first element is its kind. Source: `@smithy/types`. */
export type Schema = number | string | readonly unknown[] | (() => Schema);

/** A structure's members, in the order of the model: the required ones first. */
export interface Member {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  /** It stands in the path or in the host name, so that no request can do without it. */
  readonly isLabel: boolean;
  /** Clients make up a random value for it when it is left out. */
  readonly isToken: boolean;
}

/** What a schema is, with all names of traits and types behind it. */
export type Shape =
  | { readonly kind: 'structure' | 'union'; readonly name: string; readonly members: readonly Member[] }
  | { readonly kind: 'list'; readonly element: Schema }
  | { readonly kind: 'map'; readonly element: Schema }
  | { readonly kind: 'events' }
  | { readonly kind: 'blob' | 'stream' | 'boolean' | 'text' | 'number' | 'bigint' | 'time' | 'document' };

/** An operation as a client exports it. */
export interface OperationSchema {
  readonly name: string;
  readonly input: Schema;
}

const simpleKinds = new Map<
  number,
  'blob' | 'stream' | 'boolean' | 'text' | 'number' | 'bigint' | 'time' | 'document'
>([
  [21, 'blob'],
  [42, 'stream'],
  [2, 'boolean'],
  [0, 'text'],
  [1, 'number'],
  [17, 'bigint'],
  [19, 'number'],
  [15, 'document'],
  [4, 'time'],
  [5, 'time'],
  [6, 'time'],
  [7, 'time'],
]);

/** The operations among a client's exports. */
export function operationsOf(exports: Readonly<Record<string, unknown>>): OperationSchema[] {
  return Object.values(exports)
    .filter((value) => Array.isArray(value) && value[0] === 9)
    .map((value) => {
      const [, , name, , input] = value as [number, string, string, unknown, Schema];
      return { name, input };
    });
}

/** Reads one node. Lists and maps of plain values are numbers with a flag: 64 and 128. */
export function shapeOf(schema: Schema): Shape {
  if (typeof schema === 'function') return shapeOf(schema());
  if (schema === 'unit') return { kind: 'structure', name: 'unit', members: [] };
  if (typeof schema === 'string') return { kind: 'text' };
  if (typeof schema === 'number') {
    if (schema >= 128) return { kind: 'map', element: schema - 128 };
    if (schema >= 64) return { kind: 'list', element: schema - 64 };
    return { kind: simpleKinds.get(schema) ?? 'text' };
  }
  // A reference with traits of its own: [schema, traits].
  if (typeof schema[1] !== 'string') return shapeOf(schema[0] as Schema);
  const [kind] = schema as [number];
  if (kind === 0) return shapeOf(schema[4] as Schema);
  if (kind === 1) return { kind: 'list', element: schema[4] as Schema };
  if (kind === 2) return { kind: 'map', element: schema[5] as Schema };
  if (kind === 4 && hasTrait(schema[3], undefined, 'streaming')) return { kind: 'events' };
  return structureOf(schema, kind === 4);
}

function structureOf(schema: readonly unknown[], isUnion: boolean): Shape {
  const [, , name, , names, schemas, required] = schema as [
    number,
    string,
    string,
    unknown,
    readonly string[],
    readonly Schema[],
    number | undefined,
  ];
  const members = names.map((member, i) => {
    const node = schemas[i] ?? 0;
    const traits = Array.isArray(node) && node.length === 2 ? node[1] : undefined;
    const isLabel = hasTrait(traits, 1, 'httpLabel') || hasTrait(traits, undefined, 'hostLabel');
    const isToken = hasTrait(traits, 4, 'idempotencyToken');
    return { name: member, schema: node, isRequired: i < (required ?? 0) || isLabel, isLabel, isToken };
  });
  return { kind: isUnion ? 'union' : 'structure', name, members };
}

/** Traits are an object by name, or a number with a bit for each of the frequent ones. */
function hasTrait(traits: unknown, bit: number | undefined, name: string): boolean {
  if (typeof traits === 'number') return bit !== undefined && (traits & bit) !== 0;
  return typeof traits === 'object' && traits !== null && name in traits;
}
