import { getHeaders, type RawHeaders } from '@pai/core';
import { parseFields } from './fields.ts';
import { type Framing, noContent, readFraming } from './framing.ts';
import { requestLine } from './grammar.ts';
import { malformed } from './protocol-error.ts';

/** A request head as it was on the wire. */
export interface RequestHeadLine {
  readonly method: string;
  /** In any form (RFC 9112 section 3.2); visible ASCII. */
  readonly target: string;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
  readonly headers: RawHeaders;
  readonly framing: Framing;
}

/**
 * Reads a request head without its last empty line. Throws `malformed_request` unless every line is exactly by the
 * grammar and its content can end in one place only.
 */
export function parseRequestHead(text: string): RequestHeadLine {
  const line = requestLine.exec(text);
  if (line === null) throw malformed('a request line that is not one');
  const headers = parseFields(text, line[0].length, malformed);
  const minor = line[3] === '0' ? 0 : 1;
  const framing = readFraming(headers, minor, malformed) ?? noContent;
  return { method: line[1] as string, target: line[2] as string, minor, headers, framing };
}

/** Whether the connection may carry another request after this one (RFC 9112 section 9.3). */
export function takesAnother({ headers, minor }: RequestHeadLine): boolean {
  const options = getHeaders(headers, 'connection').join(',').toLowerCase();
  return !options.includes('close') && (minor === 1 || options.includes('keep-alive'));
}
