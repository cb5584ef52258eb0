import { readMessage } from './wire.ts';

/** Where a value stands in a message: numbers of fields from the outermost on, `isRepeated` where a list has many. */
export type FieldPath = readonly { readonly number: number; readonly isRepeated: boolean }[];

interface Variable {
  readonly path: FieldPath;
  /** What a value has to be: `projects/*`; undefined: any text. */
  readonly pattern?: string;
  /** Left out of the name, with the text before it, when the message does not have it. */
  readonly isOptional: boolean;
  /** What it says names no resource. */
  readonly isOpaque: boolean;
}

/** How a message names what a call is on: text and fields in turns, as `tools/catalogue/src/gcp/grpc.ts` writes it. */
export interface Template {
  readonly parts: readonly (string | Variable)[];
  /** It names what holds the things that are listed. */
  readonly isListing: boolean;
  /** The field that says with which prefix. */
  readonly prefix?: FieldPath;
  /** The same for templates that read the same fields. */
  readonly fields: string;
}

/** Reads a template's text: `{1=projects/*}#`, `{2=projects/_/buckets/*}/objects/{3=+}`, `{1=projects/*}/secrets/{2?}`. */
export function parseTemplate(text: string): Template {
  const [named = '', listing] = text.split('#');
  const pieces = named.split(/(\{[^}]*\})/).filter((piece) => piece !== '');
  const parts = pieces.map((piece) => (piece.startsWith('{') ? readVariable(piece) : piece));
  const fields = pieces.filter((piece) => piece.startsWith('{')).map((piece) => piece.replace(/[=?}].*/, ''));
  const prefix = listing === undefined || listing === '' ? undefined : readPath(listing.slice(1, -1));
  return { parts, isListing: listing !== undefined, fields: fields.join(','), ...(prefix && { prefix }) };
}

function readVariable(piece: string): Variable {
  const [, path = '', mark = '', pattern = ''] = /^\{([\d.*]+)([=?])(.*)\}$/.exec(piece) ?? [];
  const isFree = pattern === '+' || mark === '?' || pattern === '!';
  return {
    path: readPath(path),
    ...(!isFree && { pattern }),
    isOptional: mark === '?',
    isOpaque: pattern === '!',
  };
}

/** Reads `13.1`, with `*` behind the numbers of lists. */
export function readPath(text: string): FieldPath {
  return text
    .split('.')
    .map((step) => ({ number: Number.parseInt(step, 10), isRepeated: step.endsWith('*') }));
}

/** No name is longer, in characters: Firestore's have up to 6 KiB. */
export const longestName = 8_192;

/** By pattern; there are no more of them than the table has. */
const compiled = new Map<string, RegExp>();

/** `*` is one segment, `**` one or more (google/api/http.proto); a segment is never empty and never of dots. */
function isMatch(pattern: string, value: string): boolean {
  if (value.length > longestName) return false;
  const known = compiled.get(pattern);
  if (known !== undefined) return known.test(value);
  const segment = '(?!\\.{1,2}(?:/|$))[^/\\x00-\\x1f\\x7f]+';
  const parts = pattern.split('/').map((part) => {
    if (part === '**') return `${segment}(?:/${segment})*`;
    return part === '*' ? segment : part.replace(/[^\w-]/g, '\\$&');
  });
  const expression = new RegExp(`^${parts.join('/')}$`);
  compiled.set(pattern, expression);
  return expression.test(value);
}

/** What a message says of the fields of templates. */
export interface TemplateReading {
  /** Nothing that the templates read is set. */
  readonly isUnset: boolean;
  /** Something is set that names nothing which is known. */
  readonly isUnclear: boolean;
  readonly names: readonly { readonly name: string; readonly part?: string }[];
}

/** Templates that read the same fields stand together, those that read most first. */
export function groupTemplates(templates: readonly Template[]): readonly (readonly Template[])[] {
  const groups = [...Map.groupBy(templates, ({ fields }) => fields).values()];
  return groups.toSorted((a, b) => lengthOf(b) - lengthOf(a));
}

/** Everything that a message names by these templates. Throws `malformed_request` when it has two readings. */
export function readTemplates(groups: readonly (readonly Template[])[], message: Buffer): TemplateReading {
  const names = new Map<string, { name: string; part?: string }>();
  const named = new Set<string>();
  const set = new Set<string>();
  let isUnclear = false;
  for (const group of groups) {
    const paths = group[0]?.fields.split(',') ?? [];
    const values = valuesOf(group, message);
    const present = paths.filter((_, i) => (values[i] ?? []).length > 0);
    for (const path of present) set.add(path);
    if (paths.every((path) => named.has(path))) continue;
    for (const choice of choicesOf(values)) {
      const found = group.map((template) => nameOf(template, choice)).find((one) => one !== undefined);
      if (found === undefined) {
        isUnclear ||= present.length === paths.length;
        continue;
      }
      for (const path of present) named.add(path);
      const part = group[0]?.prefix === undefined ? undefined : textAt(message, group[0].prefix);
      names.set(found, { name: found, ...(isListing(group) && { part: part ?? '' }) });
    }
  }
  isUnclear ||= [...set].some((path) => !named.has(path));
  return { isUnset: set.size === 0, isUnclear, names: [...names.values()] };
}

function isListing([template]: readonly Template[]): boolean {
  return template?.isListing === true;
}

function lengthOf([template]: readonly Template[]): number {
  return template?.parts.length ?? 0;
}

function variablesOf(template: Template | undefined): readonly Variable[] {
  return (template?.parts ?? []).filter((part) => typeof part !== 'string');
}

function valuesOf([template]: readonly Template[], message: Buffer): readonly (readonly string[])[] {
  return variablesOf(template).map(({ path }) => allAt(message, path));
}

/** Every way to take one value of each field; an absent one is the empty text. */
function choicesOf(values: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return values.reduce<readonly (readonly string[])[]>(
    (choices, list) =>
      choices.flatMap((choice) => (list.length === 0 ? [''] : list).map((value) => [...choice, value])),
    [[]],
  );
}

function nameOf(template: Template, choice: readonly string[]): string | undefined {
  let name = '';
  let text = '';
  let at = 0;
  for (const part of template.parts) {
    if (typeof part === 'string') {
      text = part;
      continue;
    }
    const value = choice[at] ?? '';
    at += 1;
    if (value === '' && part.isOptional) {
      text = '';
      continue;
    }
    if (value === '' || part.isOpaque) return undefined;
    if (part.pattern !== undefined && !isMatch(part.pattern, value)) return undefined;
    name = value.startsWith('//') && name === '' ? value : `${name}${text}${value}`;
    text = '';
  }
  return `${name}${text}`;
}

/** Every non-empty string at a path. Throws `malformed_request` when it has two readings. */
export function allAt(message: Buffer, path: FieldPath): readonly string[] {
  const [step, ...rest] = path;
  if (step === undefined) return [];
  const read = readMessage(message, step.number);
  if (rest.length === 0) {
    const texts = step.isRepeated ? read.texts(step.number) : [read.text(step.number)];
    return texts.filter((text) => text !== '');
  }
  const inner = step.isRepeated ? read.inners(step.number) : [read.inner(step.number) ?? Buffer.alloc(0)];
  return inner.flatMap((one) => allAt(one, rest));
}

function textAt(message: Buffer, path: FieldPath): string {
  return allAt(message, path)[0] ?? '';
}
