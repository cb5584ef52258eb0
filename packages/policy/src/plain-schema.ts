/** The keywords of plain schemas, as TypeBox writes them. */
export interface PlainSchema {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly anyOf?: readonly PlainSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly items?: PlainSchema;
  readonly properties?: Readonly<Record<string, PlainSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, PlainSchema>>;
  readonly additionalProperties?: false;
  readonly minProperties?: number;
  readonly default?: unknown;
}

const numeric = new Set(['const', 'minimum']);

/** Which keywords a type may have beside those of every type. */
const keywordsOf: Readonly<Record<string, ReadonlySet<string>>> = {
  undefined: new Set(['const', 'anyOf']),
  string: new Set(['const', 'minLength', 'pattern']),
  number: numeric,
  integer: numeric,
  boolean: new Set(['const']),
  array: new Set(['items', 'minItems']),
  object: new Set(['properties', 'required', 'patternProperties', 'additionalProperties', 'minProperties']),
};

/** `~…` are TypeBox's own marks; those for rules that are no JSON Schema are not among them. */
const anyKeywords = new Set([
  'type',
  'enum',
  'default',
  'description',
  'title',
  '~kind',
  '~optional',
  '~unsafe',
]);

const judged = new WeakMap<object, boolean>();

/** Whether a schema is made of nothing but those keywords, all through. A schema is looked at once. */
export function isPlain(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
  const known = judged.get(schema) ?? hasPlainKeywords(schema);
  judged.set(schema, known);
  return known;
}

function hasPlainKeywords(schema: Record<string, unknown>): boolean {
  const own = keywordsOf[String(schema['type'])];
  const names = Reflect.ownKeys(schema).map(String);
  if (own === undefined || !names.every((name) => own.has(name) || anyKeywords.has(name))) return false;
  const { properties = {}, patternProperties = {}, items, anyOf = [], ...rest } = schema as PlainSchema;
  if ((rest.additionalProperties ?? false) !== false || !isScalarList(rest.enum) || !isScalar(rest.const))
    return false;
  // Characters are counted in another way than TypeBox's; with one it makes no difference.
  if ((rest.minLength ?? 0) > 1 || typeof rest.default === 'function') return false;
  const inner = [...Object.values(properties), ...Object.values(patternProperties)];
  return [...inner, ...anyOf, ...(items === undefined ? [] : [items])].every(isPlain);
}

function isScalarList(list: unknown): boolean {
  return list === undefined || (Array.isArray(list) && list.every(isScalar));
}

function isScalar(value: unknown): boolean {
  return value === null || ['undefined', 'string', 'number', 'boolean'].includes(typeof value);
}

/** Whether a value is a mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
