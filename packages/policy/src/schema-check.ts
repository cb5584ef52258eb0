import type { TSchema } from 'typebox';

/** How values are judged by a schema. */
export interface SchemaCheck {
  readonly fits: (schema: TSchema, value: unknown) => boolean;
  /** Why a value of the right type does not fit: the keyword that says so, and its sentence. */
  readonly misfit: (schema: TSchema, value: unknown) => Misfit | undefined;
  /** The value, with what the schema says for what is left out of it; the value itself stays as it is. */
  readonly withDefaults: (schema: TSchema, value: unknown) => unknown;
}

interface Misfit {
  readonly keyword: string;
  readonly message: string;
}

/**
 * The check for a schema of any kind. Schemas that are not plain are TypeBox's to judge, which is loaded for them: it
 * is larger than all the rest that a sidecar loads.
 */
export async function checkFor(schema: TSchema): Promise<SchemaCheck> {
  if (isPlain(schema)) return plainCheck;
  const { Check, Clone, Default, Errors } = await import('typebox/value');
  return {
    fits: (part, value) => Check(part, value),
    misfit: (part, value) => Errors(part, value)[0],
    withDefaults: (part, value) => Default(part, Clone(value)),
  };
}

/** The check for plain schemas, which needs nothing. It says what TypeBox says. */
export const plainCheck: SchemaCheck = {
  fits: (schema, value) => fits(schema, value),
  misfit: (schema, value) => misfit(schema, value),
  withDefaults: (schema, value) => withDefaults(schema, value),
};

/** The keywords of plain schemas, as TypeBox writes them. */
interface PlainSchema {
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

/** Whether a schema is made of nothing but those keywords, all through. */
export function isPlain(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
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

function fits(schema: PlainSchema, value: unknown): boolean {
  return hasType(schema, value) && misfit(schema, value) === undefined && hasFittingParts(schema, value);
}

function hasType({ type }: PlainSchema, value: unknown): boolean {
  if (type === undefined) return true;
  if (type === 'object') return isRecord(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number') return Number.isFinite(value);
  return typeof value === type;
}

/** What is wrong with the value itself, its parts aside. */
function misfit(schema: PlainSchema, value: unknown): Misfit | undefined {
  const { pattern, minLength = 0, minimum, minItems = 0, minProperties = 0, required = [] } = schema;
  const wrong = (keyword: string, message: string) => ({ keyword, message });
  if ('const' in schema && value !== schema.const) return wrong('const', 'must be equal to constant');
  if (schema.enum?.includes(value) === false)
    return wrong('enum', 'must be equal to one of the allowed values');
  if (typeof value === 'string') {
    if (value.length < minLength) return wrong('minLength', 'must not have fewer than 1 characters');
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
      return wrong('pattern', `must match pattern "${pattern}"`);
    }
  }
  if (typeof value === 'number' && minimum !== undefined && value < minimum) {
    return wrong('minimum', `must be >= ${minimum}`);
  }
  if (Array.isArray(value) && value.length < minItems) {
    return wrong('minItems', `must not have fewer than ${minItems} items`);
  }
  if (!isRecord(value)) return undefined;
  if (Object.keys(value).length < minProperties) {
    return wrong('minProperties', `must not have fewer than ${minProperties} properties`);
  }
  const missing = required.find((key) => !Object.hasOwn(value, key));
  return missing === undefined ? undefined : wrong('required', `must have required properties ${missing}`);
}

function hasFittingParts(schema: PlainSchema, value: unknown): boolean {
  const {
    anyOf,
    items,
    properties = {},
    patternProperties = {},
    additionalProperties,
    required = [],
  } = schema;
  if (anyOf?.some((branch) => fits(branch, value)) === false) return false;
  if (Array.isArray(value)) return items === undefined || value.every((item) => fits(items, item));
  if (!isRecord(value)) return true;
  const patterns = Object.entries(patternProperties).map(
    ([pattern, part]) => [new RegExp(pattern, 'u'), part] as const,
  );
  return Object.entries(value).every(([key, item]) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const others = patterns.filter(([pattern]) => pattern.test(key)).map(([, part]) => part);
    if (own === undefined && others.length === 0) return additionalProperties !== false;
    const isLeftOut = item === undefined && own !== undefined && !required.includes(key);
    return (isLeftOut || own === undefined || fits(own, item)) && others.every((part) => fits(part, item));
  });
}

function withDefaults(schema: PlainSchema, value: unknown): unknown {
  const whole = value === undefined ? schema.default : value;
  const { items, properties = {}, anyOf } = schema;
  if (anyOf !== undefined) {
    const filled = anyOf.map((branch) => withDefaults(branch, whole));
    return filled.find((result, i) => fits(anyOf[i] ?? {}, result)) ?? whole;
  }
  if (Array.isArray(whole))
    return items === undefined ? whole : whole.map((item) => withDefaults(items, item));
  if (!isRecord(whole)) return whole;
  const filled = Object.entries(properties).flatMap(([key, part]) => {
    const item = withDefaults(part, Object.hasOwn(whole, key) ? whole[key] : undefined);
    return item === undefined ? [] : [[key, item] as const];
  });
  return { ...whole, ...Object.fromEntries(filled) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
