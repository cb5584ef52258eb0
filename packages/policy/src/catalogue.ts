import { PaiError } from '@pai/core';

/** One row of a catalogue: its template, and whatever else the table says of it. */
export interface CatalogueEntry {
  /** Segments: `static`, `{parameter}` for exactly one segment, `{parameter+}` for one or more. */
  readonly template: string;
}

/** A path that fits a row. */
export interface CatalogueMatch<Entry> {
  readonly entry: Entry;
  /** Values by parameter name; the segments of a `{parameter+}` are joined with `/`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A table of path templates, made ready to be searched. */
export interface Catalogue<Entry> {
  /** The row that fits the segments best, or undefined when none does. Rows that `accepts` refuses do not count. */
  readonly match: (
    segments: readonly string[],
    accepts?: (entry: Entry) => boolean,
  ) => CatalogueMatch<Entry> | undefined;
}

/**
 * Compiles path templates. Static segments compare without case. Read from the left, a static segment beats a
 * `{parameter}`, that beats a `{parameter+}` in the middle of a row, and that beats one at its end. Throws
 * `config_invalid` for two rows of one shape, and for a row with two `{parameter+}`.
 */
export function createCatalogue<Entry extends CatalogueEntry>(entries: readonly Entry[]): Catalogue<Entry> {
  const root: Node<Entry> = createNode();
  for (const entry of entries) insert(root, entry);
  return {
    match: (segments, accepts = () => true) => {
      const found = search(root, { segments, accepts }, 0, 1);
      return found && { entry: found.row.entry, parameters: valuesOf(found, segments) };
    },
  };
}

interface Node<Entry> {
  readonly statics: Map<string, Node<Entry>>;
  one: Node<Entry> | undefined;
  many: Node<Entry> | undefined;
  row: Row<Entry> | undefined;
}

interface Row<Entry> {
  readonly entry: Entry;
  /** The parameter that each part of the template stands for; undefined for a static part. */
  readonly names: readonly (string | undefined)[];
  /** One letter a part; of two rows that fit, the smaller text is the better fit. */
  readonly fit: string;
  /** Which part is a long parameter; -1 when none is. */
  readonly long: number;
}

interface Sought<Entry> {
  readonly segments: readonly string[];
  readonly accepts: (entry: Entry) => boolean;
}

interface Found<Entry> {
  readonly row: Row<Entry>;
  /** How many segments its long parameter took. */
  readonly width: number;
}

function createNode<Entry>(): Node<Entry> {
  return { statics: new Map(), one: undefined, many: undefined, row: undefined };
}

function insert<Entry extends CatalogueEntry>(root: Node<Entry>, entry: Entry): void {
  const parts = partsOf(entry.template);
  if (parts.filter((part) => part.endsWith('+}')).length > 1) {
    throw new PaiError(
      'config_invalid',
      `template ${entry.template} has two long parameters; one is the most`,
    );
  }
  let node = root;
  for (const part of parts) node = childOf(node, part);
  if (node.row !== undefined) {
    throw new PaiError(
      'config_invalid',
      `templates ${node.row.entry.template} and ${entry.template} are one shape`,
    );
  }
  const long = parts.findIndex((part) => part.endsWith('+}'));
  node.row = { entry, names: parts.map(parameterOf), fit: parts.map(letterOf).join(''), long };
}

function letterOf(part: string, i: number, { length }: readonly string[]): string {
  if (part.endsWith('+}')) return i === length - 1 ? 'd' : 'c';
  return part.startsWith('{') ? 'b' : 'a';
}

function childOf<Entry>(node: Node<Entry>, part: string): Node<Entry> {
  if (part.endsWith('+}')) {
    node.many ??= createNode();
    return node.many;
  }
  if (part.startsWith('{')) {
    node.one ??= createNode();
    return node.one;
  }
  const key = part.toLowerCase();
  const child = node.statics.get(key) ?? createNode<Entry>();
  node.statics.set(key, child);
  return child;
}

/** `width` is that of the long parameter, if the way to this node led through one. */
function search<Entry>(
  node: Node<Entry> | undefined,
  sought: Sought<Entry>,
  at: number,
  width: number,
): Found<Entry> | undefined {
  if (node === undefined) return undefined;
  const segment = sought.segments[at];
  if (segment === undefined) {
    const { row } = node;
    return row !== undefined && sought.accepts(row.entry) ? { row, width } : undefined;
  }
  return (
    search(node.statics.get(segment.toLowerCase()), sought, at + 1, width) ??
    search(node.one, sought, at + 1, width) ??
    searchLong(node.many, sought, at)
  );
}

/** Tries every width: a row that goes on after its long parameter fits better than one that ends with it. */
function searchLong<Entry>(
  node: Node<Entry> | undefined,
  sought: Sought<Entry>,
  at: number,
): Found<Entry> | undefined {
  if (node === undefined) return undefined;
  let best: Found<Entry> | undefined;
  const rest = sought.segments.length - at;
  for (let width = 1; width <= rest; width += 1) {
    const found = search(node, sought, at + width, width);
    if (found !== undefined && (best === undefined || found.row.fit < best.row.fit)) best = found;
  }
  return best;
}

function valuesOf<Entry>({ row, width }: Found<Entry>, segments: readonly string[]): Record<string, string> {
  const { names, long } = row;
  const values: Record<string, string> = {};
  let at = 0;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    const end = i === long ? at + width : at + 1;
    if (name !== undefined)
      values[name] = end === at + 1 ? (segments[at] as string) : segments.slice(at, end).join('/');
    at = end;
  }
  return values;
}

function parameterOf(part: string): string | undefined {
  return part.startsWith('{') ? part.replace(/^\{|\+?\}$/g, '') : undefined;
}

function partsOf(template: string): string[] {
  return template.split('/').filter((part) => part !== '');
}
