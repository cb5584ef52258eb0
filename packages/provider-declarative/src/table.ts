import { compareTemplates } from './overlap.ts';
import type { ProviderTypeSpec, RouteSpec } from './schema.ts';
import { type Part, readTemplate, valuesIn } from './template.ts';

/** Routes of one method and one shape of paths: one of them, or several that `when` tells apart. */
export interface Row {
  readonly parts: readonly Part[];
  readonly routes: readonly RouteSpec[];
}

/** A row, and the values of its path's names. */
export interface Found {
  readonly row: Row;
  readonly values: ReadonlyMap<string, string>;
}

/** Finds the routes of a request; `isExact`: as a server does that tells case apart. */
export type Table = (method: string, segments: readonly string[], isExact?: boolean) => Found | undefined;

/** Makes the table of a type whose routes have no faults: of the rows that fit, it takes the closest. */
export function createTable({ basePath = '', routes }: Pick<ProviderTypeSpec, 'basePath' | 'routes'>): Table {
  const byMethod = new Map<string, Row[]>();
  for (const route of routes) {
    const parts = readTemplate(basePath + route.path);
    if (typeof parts === 'string') continue;
    const rows = byMethod.get(route.method) ?? [];
    byMethod.set(route.method, rows);
    const at = rows.findIndex((row) => compareTemplates(row.parts, parts) === 'same');
    const known = rows[at];
    if (known === undefined) rows.push({ parts, routes: [route] });
    else rows[at] = { parts: known.parts, routes: [...known.routes, route] };
  }
  const index = new Map([...byMethod].map(([method, rows]) => [method, indexOf(rows)]));
  return (method, segments, isExact = false) =>
    index.get(method)?.(segments, isExact) ??
    (method === 'HEAD' ? index.get('GET')?.(segments, isExact) : undefined);
}

/** Rows by their first static segment, closest first, so that a large API is not searched from end to end. */
function indexOf(rows: readonly Row[]): (segments: readonly string[], isExact: boolean) => Found | undefined {
  const first = ({ parts: [part] }: Row) => (part?.kind === 'static' ? part.text : undefined);
  const inOrder = closestFirst(rows);
  const named = new Map<string | undefined, Row[]>();
  for (const row of inOrder) named.set(first(row), [...(named.get(first(row)) ?? []), row]);
  const open = named.get(undefined) ?? [];
  return (segments, isExact) => {
    // A row with a static first segment is closer than one without.
    const rows =
      segments[0] === undefined ? inOrder : [named.get(segments[0].toLowerCase()) ?? [], open].flat();
    for (const row of rows) {
      const values = valuesIn(row.parts, segments, isExact);
      if (values !== undefined) return { row, values };
    }
    return undefined;
  };
}

/** No two rows cross, so that each can stand behind all that are narrower: those have fewer rows that they are inside of. */
function closestFirst(rows: readonly Row[]): readonly Row[] {
  const depth = new Map(
    rows.map((row) => [
      row,
      rows.filter(({ parts }) => compareTemplates(row.parts, parts) === 'narrower').length,
    ]),
  );
  return [...rows].sort((one, other) => (depth.get(other) ?? 0) - (depth.get(one) ?? 0));
}
