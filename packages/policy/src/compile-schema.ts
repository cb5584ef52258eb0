import { isRecord, type PlainSchema } from './plain-schema.ts';

/** A plain schema, compiled. */
export interface CompiledSchema {
  readonly fits: (value: unknown) => boolean;
  /** What is wrong with the value itself, its parts aside. */
  readonly misfit: (value: unknown) => Misfit | undefined;
  /** The value, with what the schema says for what is left out of it; the value itself stays as it is. */
  readonly withDefaults: (value: unknown) => unknown;
  /** Whether `withDefaults` may give anything but the value. */
  readonly hasDefaults: boolean;
}

/** Why a value does not fit: the keyword that says so, and its sentence. */
export interface Misfit {
  readonly keyword: string;
  readonly message: string;
}

const compiled = new WeakMap<PlainSchema, CompiledSchema>();

/** Compiles a schema and its parts, once: schemas never change. */
export function compileSchema(schema: PlainSchema): CompiledSchema {
  const known = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, known);
  return known;
}

function compile(schema: PlainSchema): CompiledSchema {
  const hasType = compileType(schema);
  const limits = limitsOf(schema);
  const partsFit = compileParts(schema);
  return {
    fits: (value) => {
      if (!hasType(value)) return false;
      for (const { holds } of limits) if (!holds(value)) return false;
      return partsFit(value);
    },
    misfit: (value) => {
      const broken = limits.find(({ holds }) => !holds(value));
      return broken && { keyword: broken.keyword, message: broken.message(value) };
    },
    ...compileDefaults(schema),
  };
}

function compileType({ type }: PlainSchema): (value: unknown) => boolean {
  if (type === undefined) return () => true;
  if (type === 'object') return isRecord;
  if (type === 'array') return Array.isArray;
  if (type === 'integer') return Number.isInteger;
  if (type === 'number') return Number.isFinite;
  return (value) => typeof value === type;
}

/** What one keyword asks of the values that it is about. */
interface Limit {
  readonly keyword: string;
  readonly holds: (value: unknown) => boolean;
  readonly message: (value: unknown) => string;
}

function limitsOf(schema: PlainSchema): readonly Limit[] {
  const { pattern, minLength = 0, minimum, minItems = 0, minProperties = 0, required = [] } = schema;
  const limits: Limit[] = [];
  const add = (keyword: string, message: string, holds: Limit['holds']) =>
    limits.push({ keyword, holds, message: () => message });
  if ('const' in schema) add('const', 'must be equal to constant', (value) => value === schema.const);
  if (schema.enum !== undefined) {
    const values = new Set(schema.enum);
    add('enum', 'must be equal to one of the allowed values', (value) => values.has(value));
  }
  if (minLength > 0) {
    const message = 'must not have fewer than 1 characters';
    add('minLength', message, (value) => typeof value !== 'string' || value.length >= minLength);
  }
  if (pattern !== undefined) {
    const expression = new RegExp(pattern, 'u');
    const message = `must match pattern "${pattern}"`;
    add('pattern', message, (value) => typeof value !== 'string' || expression.test(value));
  }
  if (minimum !== undefined)
    add('minimum', `must be >= ${minimum}`, (value) => typeof value !== 'number' || value >= minimum);
  if (minItems > 0) {
    const message = `must not have fewer than ${minItems} items`;
    add('minItems', message, (value) => !Array.isArray(value) || value.length >= minItems);
  }
  if (minProperties > 0) {
    const message = `must not have fewer than ${minProperties} properties`;
    const isEnough = (value: unknown) => !isRecord(value) || Object.keys(value).length >= minProperties;
    add('minProperties', message, isEnough);
  }
  const missing = (value: unknown) =>
    isRecord(value) ? required.find((key) => !Object.hasOwn(value, key)) : undefined;
  if (required.length > 0) {
    const message = (value: unknown) => `must have required properties ${missing(value)}`;
    limits.push({ keyword: 'required', holds: (value) => missing(value) === undefined, message });
  }
  return limits;
}

function compileParts(schema: PlainSchema): (value: unknown) => boolean {
  const branches = schema.anyOf?.map(compileSchema);
  const items = schema.items && compileSchema(schema.items);
  const keysFit = compileKeys(schema);
  return (value) => {
    if (branches?.some(({ fits }) => fits(value)) === false) return false;
    if (Array.isArray(value)) return items === undefined || value.every((item) => items.fits(item));
    return !isRecord(value) || keysFit(value);
  };
}

function compileKeys(schema: PlainSchema): (value: Record<string, unknown>) => boolean {
  const { properties = {}, patternProperties = {}, additionalProperties, required = [] } = schema;
  const known = new Map(
    Object.entries(properties).map(([key, part]) => {
      return [key, { part: compileSchema(part), isOptional: !required.includes(key) }] as const;
    }),
  );
  const patterns = Object.entries(patternProperties).map(([pattern, part]) => {
    return { pattern: new RegExp(pattern, 'u'), part: compileSchema(part) };
  });
  const fitsOwn = (key: string, item: unknown): boolean => {
    const own = known.get(key);
    if (own === undefined) return additionalProperties !== false;
    return own.part.fits(item) || (item === undefined && own.isOptional);
  };
  const fits = (key: string, item: unknown): boolean => {
    const others = patterns.filter(({ pattern }) => pattern.test(key));
    if (others.length === 0) return fitsOwn(key, item);
    return (!known.has(key) || fitsOwn(key, item)) && others.every(({ part }) => part.fits(item));
  };
  const keyFits = patterns.length === 0 ? fitsOwn : fits;
  return (value) => {
    for (const key of Object.keys(value)) if (!keyFits(key, value[key])) return false;
    return true;
  };
}

function compileDefaults(schema: PlainSchema): Pick<CompiledSchema, 'withDefaults' | 'hasDefaults'> {
  const { properties = {} } = schema;
  const items = schema.items && compileSchema(schema.items);
  const branches = schema.anyOf?.map(compileSchema);
  const parts = Object.entries(properties)
    .map(([key, part]) => [key, compileSchema(part)] as const)
    .filter(([, { hasDefaults }]) => hasDefaults);
  const inner = [...(branches ?? []), ...(items === undefined ? [] : [items])];
  const hasDefaults =
    schema.default !== undefined || parts.length > 0 || inner.some((part) => part.hasDefaults);
  if (!hasDefaults) return { hasDefaults, withDefaults: (value) => value };
  const withDefaults = (value: unknown): unknown => {
    const whole = value === undefined ? schema.default : value;
    if (branches !== undefined) {
      const filled = branches.map((branch) => branch.withDefaults(whole));
      return filled.find((result, i) => branches[i]?.fits(result)) ?? whole;
    }
    if (Array.isArray(whole))
      return items === undefined ? whole : whole.map((item) => items.withDefaults(item));
    if (!isRecord(whole)) return whole;
    const filled = parts.flatMap(([key, part]) => {
      const item = part.withDefaults(Object.hasOwn(whole, key) ? whole[key] : undefined);
      return item === undefined ? [] : [[key, item] as const];
    });
    return { ...whole, ...Object.fromEntries(filled) };
  };
  return { hasDefaults, withDefaults };
}
