import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Place, Problem, ValuePath } from './problems.ts';
import type { WithoutRules } from './split-rules.ts';

/** One YAML document: its value, its own text, and where each part of it stands. */
export interface YamlDocument {
  readonly file: string;
  /** Plain data; mapping keys are strings. */
  readonly value: unknown;
  /** The value without HTTP rules that are to be read later; only where they passed their check. */
  readonly withoutRules?: WithoutRules | undefined;
  /** The document as the user wrote it, comments included, without the separators; ends with a newline. */
  readonly text: string;
  /** Where the key or the list item at `path` stands; of a path that is not there, its nearest parent. */
  readonly placeOf: (path: ValuePath) => Place;
}

/** What a file holds: its documents, or what keeps it from being read. */
export interface ReadFile {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the YAML or JSON documents of a file; empty ones are left out. Syntax errors, duplicate keys, unknown tags and
 * an excess of aliases are problems, and then there are no documents. No message repeats a value.
 */
export function readDocuments(file: string, text: string): ReadFile {
  const refuse = (...problems: Problem[]) => ({ documents: [], problems });
  if (text.length > mostCharacters) {
    return refuse({ file, line: 1, message: 'the file is larger than 4 MiB; split it' });
  }
  const { parsed, lineOf } = parse(text);
  const placeAt = (offset: number) => ({ file, line: lineOf(offset) });
  const syntax = parsed.flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].map((error) => ({ ...placeAt(error.pos[0]), message: sentenceOf(error, text) })),
  );
  if (syntax.length > 0) return refuse(...syntax);

  // The parser's own trees are many times the size of the text, and seldom looked at again.
  let again: Parsed | undefined;
  const placeIn = (index: number, path: ValuePath): Place => {
    again ??= parse(text);
    const document = again.parsed[index];
    return { file, line: document === undefined ? 1 : again.lineOf(offsetOf(document, path)) };
  };
  const starts = [0, ...parsed.map(({ range }) => range[2])];
  const documents: YamlDocument[] = [];
  for (const [i, document] of parsed.entries()) {
    if (isEmpty(document)) continue;
    const value = readValue(document);
    const message = 'the document expands too many aliases; write them out';
    if (value === undefined) return refuse({ ...placeAt(document.range[0]), message });
    documents.push({
      file,
      value,
      text: trimSeparators(text.slice(starts[i], document.range[2])),
      placeOf: (path) => placeIn(i, path),
    });
  }
  return { documents, problems: [] };
}

const mostCharacters = 4 * 1024 * 1024;

interface Parsed {
  readonly parsed: readonly Document.Parsed[];
  readonly lineOf: (offset: number) => number;
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  const options = { lineCounter: lines, stringKeys: true, prettyErrors: false, logLevel: 'silent' } as const;
  const parsed = parseAllDocuments(text, options);
  return { parsed, lineOf: (offset) => Math.max(1, lines.linePos(offset).line) };
}

/** The sentences of the YAML library, without the source text that some of them end with. */
function sentenceOf(error: YAMLError, text: string): string {
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[\w.-]{1,64}/.exec(text.slice(error.pos[0]))?.[0] ?? 'a key';
    return `${key} stands twice in one mapping; remove one of them`;
  }
  const [what = error.code] = error.message.split(/: |\n/, 1);
  return `not valid YAML (${what.charAt(0).toLowerCase()}${what.slice(1)}); correct the syntax`;
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return isScalar(contents) && contents.value === null && (contents.source ?? '') === '';
}

function readValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

function trimSeparators(text: string): string {
  return `${text
    .replace(/^\uFEFF/, '')
    .replace(/^(?:\s*\n)*---[ \t]*\r?\n/, '')
    .replace(/\n\.\.\.\s*$/, '\n')
    .trimEnd()}\n`;
}

function offsetOf(document: Document.Parsed, path: ValuePath): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      : undefined;
    const item: unknown = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.key;
    const place = (item as Node | undefined)?.range?.[0];
    if (place === undefined) return offset;
    offset = place;
    node = (pair === undefined ? item : pair.value) as Node | null;
  }
  return offset;
}
