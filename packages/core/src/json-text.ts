import { PaiError } from './errors.ts';
import { printable } from './host.ts';

/** The JSON object that stands for a number in this very spelling (ECMA-262, `JSON.rawJSON`). */
export const { rawJSON } = JSON as unknown as { readonly rawJSON: (source: string) => object };

/** How a JSON text is read. */
export interface JsonOptions {
  /** False leaves numbers as `JSON.parse` has them, which takes a tenth of the time: for who decides by none. Default true. */
  readonly isExact?: boolean;
}

/**
 * The value of a JSON text (RFC 8259) that has one reading. Whole numbers that a double cannot hold are a `bigint`, and
 * numbers in another spelling than JavaScript's own (`1e3`, `1.0`, `-0`), which some servers take for text, are
 * `rawJSON`. Throws `malformed_request` when it is not JSON, when an object repeats a key, or over 100 levels.
 */
export function readJson(text: string, { isExact = true }: JsonOptions = {}): unknown {
  // First, since a parser takes seconds and half a gigabyte for megabytes of brackets.
  const hasOddNumber = scan(text);
  const value = parse(text);
  return hasOddNumber && isExact ? JSON.parse(text, exactNumber) : value;
}

/** The JSON text of what `readJson` gave, every number in the spelling that it had. `indent` is a number of spaces. Default: one line. */
export function formatJson(value: unknown, indent?: number): string {
  const exact = (_: string, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner);
  return JSON.stringify(value, exact, indent);
}

/** Each UTF-16 unit of a text as JSON escapes it: `\u2028`. */
export function escapeUnits(text: string): string {
  return text.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PaiError(
      'malformed_request',
      'the content is not JSON (RFC 8259), which has no byte order mark',
    );
  }
}

/** Refuses repeated keys and too many levels, and says whether a number there may be in another spelling than JavaScript's own. */
function scan(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let digits = 0;
  let hasOddNumber = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (digits === 16) hasOddNumber = true;
      continue;
    }
    if (code === quote) {
      const start = i;
      i = endOfString(text, start + 1);
      if (isKey(text, i + 1)) takeKey(keyOf(text, start, i), open);
    } else if (code === 0x7b || code === 0x5b) {
      if (open.push(undefined) > 100) throw new PaiError('malformed_request', 'the JSON has over 100 levels');
    } else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === point || ((code | 0x20) === exponent && digits > 0)) hasOddNumber = true;
    else if (code === minus && text.charCodeAt(i + 1) === 0x30) hasOddNumber = true;
    digits = 0;
  }
  return hasOddNumber;
}

function isKey(text: string, after: number): boolean {
  let i = after;
  while (isSpace(text.charCodeAt(i))) i += 1;
  return text.charCodeAt(i) === colon;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function keyOf(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end);
  return key.includes('\\') ? String(parse(text.slice(start, end + 1))) : key;
}

function takeKey(key: string, open: (Set<string> | undefined)[]): void {
  const keys = open.at(-1);
  if (keys === undefined) open[open.length - 1] = new Set([key]);
  else if (keys.has(key)) {
    throw new PaiError('malformed_request', `the JSON repeats the key ${printable(key)}; send it once`);
  } else keys.add(key);
}

const quote = 0x22;
const minus = 0x2d;
const point = 0x2e;
const colon = 0x3a;
const backslash = 0x5c;
const exponent = 0x65;

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === backslash) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || source === String(value)) return value;
  return /^-?[1-9]\d*$/.test(source) ? BigInt(source) : rawJSON(source);
}
