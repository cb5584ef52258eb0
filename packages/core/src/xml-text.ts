import { PaiError } from './errors.ts';

/** An element with children, or one with text. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Empty when there are children. */
  readonly text: string;
}

/** What XML may have beside elements and text. */
export interface XmlOptions {
  /** What the outermost element may be in; none is always taken. */
  readonly namespaces: ReadonlySet<string>;
  /** Whose namespaces those are: `S3`. */
  readonly of: string;
}

/**
 * Reads XML that decides. It has elements and text, and nothing else that XML has: no attribute but a known namespace on
 * the outermost element, no prefix, comment, CDATA, instruction or document type, no text beside elements, no entity but
 * the five and characters by number. Throws `malformed_request` for all of those.
 */
export function readXml(source: string, options: XmlOptions): XmlElement {
  const text = source.slice(declaration.exec(source)?.[0].length ?? 0);
  const open: Open[] = [];
  let at = 0;
  let tags = 0;
  let root: XmlElement | undefined;
  while (root === undefined) {
    if (++tags > mostTags) throw notPlain('has too many elements');
    piece.lastIndex = at;
    const [all, before = '', slash = '', name = '', double, single, end = ''] = piece.exec(text) ?? [];
    if (all === undefined) throw notPlain('has something that is no element or text');
    at += all.length;
    const parent = open.at(-1);
    const namespace = double ?? single;
    if (
      namespace !== undefined &&
      (slash !== '' || parent !== undefined || !options.namespaces.has(namespace))
    ) {
      throw notPlain(`has a namespace other than that of ${options.of} on the outermost element`);
    }
    if (parent === undefined && (slash !== '' || !isBlank(before)))
      throw notPlain('does not begin with an element');
    if (parent !== undefined) parent.text += before;
    if (slash === '') open.push({ name, children: [], text: '' });
    if (slash === '' && end === '') continue;
    if (slash !== '' && end !== '') throw notPlain('has a tag with two slashes');
    root = close(open, name);
  }
  if (!isBlank(text.slice(at))) throw notPlain('goes on after its outermost element');
  return root;
}

const declaration =
  /^<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"utf-8"|'utf-8'))?(?: standalone=(?:"(?:yes|no)"|'(?:yes|no)'))? ?\?>/i;

/** Text, then a tag: its slash, its name, its default namespace, the slash of an empty element. */
const piece = /([^<]*)<(\/?)([A-Za-z][\w-]*)(?:\s+xmlns=(?:"([^"<&]*)"|'([^'<&]*)'))?\s*(\/?)>/y;

/** Twice what the longest list of objects to delete has. */
const mostTags = 30_000;

interface Open {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** Closes the innermost element. Gives it when it is the outermost too. */
function close(open: Open[], name: string): XmlElement | undefined {
  const closed = open.pop();
  if (closed === undefined || closed.name !== name) throw notPlain('has a tag that closes another');
  if (open.length > 20) throw notPlain('has over 20 levels');
  const { children } = closed;
  if (children.length > 0 && !isBlank(closed.text)) throw notPlain('has text beside elements');
  const element = { name, children, text: children.length > 0 ? '' : decodeText(closed.text) };
  open.at(-1)?.children.push(element);
  return open.length === 0 ? element : undefined;
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

const named: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** A raw carriage return is one that parsers write anew (XML 1.0, section 2.11). */
function decodeText(raw: string): string {
  if (/\]\]>|[\x00-\x08\x0b-\x1f\ufffe\uffff]/.test(raw))
    throw notPlain('has a character that XML does not hold');
  if (!raw.includes('&')) return raw;
  return raw.replace(/&(?:#x([0-9a-fA-F]{1,6});|#(\d{1,7});|([a-z]+);|)/g, (_, hex, decimal, name) => {
    const known = named.get(name);
    if (known !== undefined) return known;
    const digits: string | undefined = hex ?? decimal;
    const code = digits === undefined ? 0 : Number.parseInt(digits, hex === undefined ? 10 : 16);
    if (!isCharacter(code))
      throw notPlain('has an entity that is none of the five, or a character that XML does not hold');
    return String.fromCodePoint(code);
  });
}

/** XML 1.0, production `Char`. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

function notPlain(why: string): Error {
  return new PaiError('malformed_request', `the XML ${why}; send plain elements and text`);
}
