import type { PaiError, RawHeaders } from '@pai/core';
import { fieldLines } from './grammar.ts';

/** Makes the error for bytes that are no HTTP: `what` was found in them. */
export type Fail = (what: string) => PaiError;

/**
 * Reads the field lines of `text` from `start` to its end (RFC 9112 section 5). Throws `fail` for folding, bare CR or
 * LF, bad names, and white space that follows a framing field's value.
 */
export function parseFields(text: string, start: number, fail: Fail): RawHeaders {
  fieldLines.lastIndex = start;
  fieldLines.test(text);
  if (fieldLines.lastIndex !== text.length) throw fail('a malformed header line');
  const headers: RawHeaders = [];
  for (let at = start; at < text.length; ) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r', colon);
    const name = text.slice(at, colon);
    if (isBlank(text.charCodeAt(end - 1)) && isFraming(name))
      throw fail('white space after a field that frames');
    headers.push(name, trim(text, colon + 1, end));
    at = end + 2;
  }
  return headers;
}

/** llhttp takes a response whose `chunked` has a tab after it for one that lasts until its connection ends. */
function isFraming(name: string): boolean {
  if (name.length !== 14 && name.length !== 17) return false;
  return /^(?:content.length|transfer.encoding)$/i.test(name);
}

/** Without the whitespace that HTTP knows: `trim` would take characters above ASCII too. */
function trim(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
