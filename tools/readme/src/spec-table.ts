import type { TSchema } from 'typebox';
import { code, formatTable } from './table.ts';

/** The parts of JSON Schema that a spec is written in. */
interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

interface Row {
  readonly field: string;
  readonly value: string;
  readonly meaning: string;
  readonly isRequired: boolean;
  /** The kinds of its object that have it, where there are several. */
  readonly kinds: readonly string[];
}

/** Every field of a spec, in order: its path, whether it must be given, what it holds and what it means. */
export function specTable(spec: TSchema): string {
  const rows = rowsOf(spec as Schema, '', []);
  return formatTable(
    ['field', 'required', 'value', 'meaning'],
    rows.map(({ field, value, meaning, isRequired, kinds }) => {
      const only = kinds.length === 0 ? '' : ` (${kinds.map(code).join(', ')})`;
      return [code(field), isRequired ? 'yes' : '', value, `${meaning}${only}`];
    }),
  );
}

function rowsOf(schema: Schema, path: string, kinds: readonly string[]): Row[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, field]) =>
    fieldRows(field, { field: path + name, isRequired: required.includes(name), kinds }),
  );
}

function fieldRows(schema: Schema, place: Pick<Row, 'field' | 'isRequired' | 'kinds'>): Row[] {
  const row = { ...place, value: valueIn(schema), meaning: schema.description ?? '' };
  const { field } = place;
  if (schema.anyOf?.every(({ properties }) => properties !== undefined) === true)
    return [row, ...variantRows(schema.anyOf, field)];
  if (schema.properties !== undefined) return [row, ...rowsOf(schema, `${field}.`, place.kinds)];
  const { items } = schema;
  if (items?.anyOf?.every(({ properties }) => properties !== undefined) === true)
    return [row, ...variantRows(items.anyOf, `${field}[]`)];
  if (items?.properties !== undefined) return [row, ...rowsOf(items, `${field}[].`, place.kinds)];
  return [row];
}

/** One row for each field that several kinds have in the same sense. */
function variantRows(variants: readonly Schema[], path: string): Row[] {
  const kindOf = ({ properties }: Schema) => {
    const { const: value, enum: values } = properties?.['type'] ?? {};
    return value === undefined ? (values ?? []).map(String) : [String(value)];
  };
  const merged = new Map<string, Row>();
  for (const variant of variants) {
    for (const row of rowsOf(variant, `${path}.`, kindOf(variant))) {
      const key = JSON.stringify({ ...row, kinds: [] });
      const known = merged.get(key);
      merged.set(key, known === undefined ? row : { ...row, kinds: [...known.kinds, ...row.kinds] });
    }
  }
  const all = variants.flatMap(kindOf);
  const isOfAll = ({ kinds, field }: Row) =>
    new Set(kinds).size === new Set(all).size || field === `${path}.type`;
  return [...merged.values()].map((row) => (isOfAll(row) ? { ...row, kinds: [] } : row));
}

function valueIn(schema: Schema): string {
  const { type, items, anyOf } = schema;
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(' or ');
  if (items !== undefined) return items.properties === undefined ? `list of ${valueIn(items)}` : 'list';
  if (schema.properties !== undefined || schema.patternProperties !== undefined) return 'map';
  if (anyOf !== undefined) return [...new Set(anyOf.map(valueIn))].join(' or ');
  return type ?? 'anything';
}
