import { printable } from '@pai/core';
import { plainCheck, type SchemaCheck } from '@pai/policy';
import type { TSchema } from 'typebox';
import { concealAccessKeys } from './gateway/access-key.ts';
import { nearestKey } from './nearest-key.ts';
import { formatPath, type ValuePath } from './problems.ts';

/** What is wrong with one value, and where it is. */
export interface Fault {
  readonly path: ValuePath;
  readonly message: string;
}

/**
 * Every way in which `value`, which stands at `path` in its document, does not fit `schema`; empty exactly when `check`
 * says that it does: the one for plain schemas, unless another is given. No message repeats a value of a Secret.
 */
export function findFaults(
  schema: TSchema,
  value: unknown,
  path: ValuePath = [],
  check: SchemaCheck = plainCheck,
): readonly Fault[] {
  if (check.fits(schema, value)) return [];
  const parts = schema as SchemaParts;
  const choices = choicesOf(parts);
  if (choices !== undefined) return [{ path, message: notOneOf(path, value, choices) }];
  if (parts.anyOf !== undefined) {
    const branch = branchFor(parts.anyOf, value, check);
    if (branch !== undefined) return findFaults(branch, value, path, check);
  }
  if (parts.type !== undefined && parts.type !== typeOf(value, parts.type)) {
    return [{ path, message: wrongType(path, value, parts.type) }];
  }
  const inner = innerFaults(parts, value, path, check);
  return inner.length > 0 ? inner : [{ path, message: misfit(schema, value, path, check) }];
}

/** The JSON Schema keywords that decide what a value is made of; the check judges the rest. */
interface SchemaParts {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, TSchema>>;
  readonly additionalProperties?: unknown;
  readonly items?: TSchema;
  readonly anyOf?: readonly TSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
}

function innerFaults(
  parts: SchemaParts,
  value: unknown,
  path: ValuePath,
  check: SchemaCheck,
): readonly Fault[] {
  if (isRecord(value)) return objectFaults(parts, value, path, check);
  const { items } = parts;
  if (!Array.isArray(value) || items === undefined) return [];
  return value.flatMap((item: unknown, i) => findFaults(items, item, [...path, i], check));
}

function objectFaults(
  parts: SchemaParts,
  value: Record<string, unknown>,
  path: ValuePath,
  check: SchemaCheck,
): readonly Fault[] {
  const properties = parts.properties ?? {};
  const known = Object.keys(properties);
  const isKnown = (key: string) => Object.hasOwn(properties, key) || patternSchema(parts, key) !== undefined;
  const unknown = isOpen(parts) ? [] : Object.keys(value).filter((key) => !isKnown(key));
  const meant = unknown.map((key) => nearestKey(key, known));
  const missing = (parts.required ?? []).filter((key) => !Object.hasOwn(value, key) && !meant.includes(key));
  const isRecordOf = parts.patternProperties !== undefined;
  return [
    ...missing.map((key) => ({ path, message: missingKey(path, key, properties[key]) })),
    ...unknown.map((key) => {
      const at = [...path, key];
      return { path: at, message: isRecordOf ? misnamed(at, parts) : unknownKey(at, key, known) };
    }),
    ...Object.entries(value).flatMap(([key, item]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : patternSchema(parts, key);
      return schema === undefined ? [] : findFaults(schema, item, [...path, key], check);
    }),
  ];
}

function isOpen(parts: SchemaParts): boolean {
  return parts.additionalProperties !== false && parts.patternProperties === undefined;
}

function patternSchema(parts: SchemaParts, key: string): TSchema | undefined {
  const patterns = Object.entries(parts.patternProperties ?? {});
  return patterns.find(([pattern]) => new RegExp(pattern).test(key))?.[1];
}

/** The values of an enum, a constant or a union of constants. */
function choicesOf(parts: SchemaParts): readonly unknown[] | undefined {
  if (parts.enum !== undefined) return parts.enum;
  if ('const' in parts) return [parts.const];
  const choices = parts.anyOf?.map((branch) => branch as SchemaParts);
  return choices?.every((branch) => 'const' in branch) ? choices.map((branch) => branch.const) : undefined;
}

/** The branch of a union that the value means: the one whose constants it has, else the one it is nearest to. */
function branchFor(branches: readonly TSchema[], value: unknown, check: SchemaCheck): TSchema | undefined {
  const faults = branches.map((branch) => {
    const found = findFaults(branch, value, [], check);
    return found.length + (contradicts(branch as SchemaParts, value) ? 1_000 : 0);
  });
  return branches[faults.indexOf(Math.min(...faults))];
}

function contradicts(branch: SchemaParts, value: unknown): boolean {
  if (!isRecord(value)) return branch.type === 'object';
  return Object.entries(branch.properties ?? {}).some(([key, property]) => {
    const choices = choicesOf(property as SchemaParts);
    return choices !== undefined && Object.hasOwn(value, key) && !choices.includes(value[key]);
  });
}

function unknownKey(path: ValuePath, key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  const remedy =
    nearest === undefined ? `known keys here are ${known.join(', ') || 'none'}` : `did you mean ${nearest}`;
  return `${formatPath(path)} is not a known key; ${remedy}`;
}

function misnamed(path: ValuePath, parts: SchemaParts): string {
  return `${formatPath(path)} is not a possible key${meaning(parts)}; rename it`;
}

function missingKey(path: ValuePath, key: string, schema: TSchema | undefined): string {
  return `${formatPath([...path, key])} is missing${meaning(schema)}; add it`;
}

function wrongType(path: ValuePath, value: unknown, type: string): string {
  const isBare = type === 'string' && ['number', 'boolean'].includes(typeof value);
  const remedy = isBare ? 'put it in quotes' : `write ${typeNames[type] ?? type}`;
  return `${formatPath(path) || 'the document'} is ${typeNames[typeOf(value)] ?? typeOf(value)}, not ${typeNames[type] ?? type}; ${remedy}`;
}

function notOneOf(path: ValuePath, value: unknown, choices: readonly unknown[]): string {
  const names = choices.map(String);
  const nearest = typeof value === 'string' && names.length > 2 ? nearestKey(value, names) : undefined;
  const remedy = nearest === undefined ? `use ${names.join(' or ')}` : `did you mean ${nearest}`;
  return `${formatPath(path)} is ${show(path, value)}; ${remedy}`;
}

function misfit(schema: TSchema, value: unknown, path: ValuePath, check: SchemaCheck): string {
  if (value === '') return `${formatPath(path)} is empty; give it a value`;
  const { keyword = '', message = 'does not fit its schema' } = check.misfit(schema, value) ?? {};
  const why = keyword === 'pattern' ? `does not fit${meaning(schema)}` : message;
  return `${formatPath(path) || 'the document'} is ${show(path, value)}, which ${why}; change it`;
}

function meaning(schema: TSchema | SchemaParts | undefined): string {
  const text = (schema as SchemaParts | undefined)?.description?.split('. ', 1)[0]?.replace(/\.$/, '');
  return text === undefined || text === '' ? '' : ` (${text.charAt(0).toLowerCase()}${text.slice(1)})`;
}

function show([first]: ValuePath, value: unknown): string {
  const isConfidential = first === 'stringData' || first === 'encryptedData';
  if (typeof value === 'string' && !isConfidential) return printable(concealAccessKeys(value));
  if (typeof value === 'number' && !isConfidential) return String(value);
  return typeNames[typeOf(value)] ?? typeOf(value);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'empty',
};

function typeOf(value: unknown, wanted?: string): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && wanted === 'integer' && Number.isInteger(value)) return 'integer';
  return typeof value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
