import type { PaiError, RawHeaders } from '@pai/core';
import { fieldLine } from './grammar.ts';

/** Makes the error for bytes that are no HTTP: `what` was found in them. */
export type Fail = (what: string) => PaiError;

/**
 * Reads the field lines of `text` from `start` to its end (RFC 9112 section 5). Throws `fail` for folding, bare CR or
 * LF, and bad names.
 */
export function parseFields(text: string, start: number, fail: Fail): RawHeaders {
  const headers: RawHeaders = [];
  fieldLine.lastIndex = start;
  for (let at = start; at < text.length; at = fieldLine.lastIndex) {
    const field = fieldLine.exec(text);
    if (field === null) throw fail('a malformed header line');
    headers.push(field[1] as string, trimEnd(field[2] as string));
  }
  return headers;
}

/** Only the whitespace that HTTP knows: `trimEnd` would take characters above ASCII too. */
function trimEnd(value: string): string {
  let end = value.length;
  while (end > 0 && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return end === value.length ? value : value.slice(0, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
