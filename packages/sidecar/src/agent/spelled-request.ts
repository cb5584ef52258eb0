import { type AgentRequest, bodyOf, emptyBody, getHeader, parseAuthority, type RawHeaders } from '@pai/core';
import { parseRequestHead } from '../http1/request-head.ts';
import { headOf } from './h1-exchange.ts';
import { readRequest } from './read-request.ts';

/** A request to a host over TLS, in parts. Its text is what a terminal or a file has: UTF-8. */
export interface SpelledParts {
  readonly method: string;
  /** `host` or `host:port`. */
  readonly authority: string;
  /** Path and query, byte for byte. */
  readonly target: string;
  /** `Host` and what frames the content are added where they are left out. */
  readonly headers: RawHeaders;
  readonly body: Uint8Array | undefined;
}

/** Reads a request in parts as a door reads it from an agent. Throws what that agent would be refused with. */
export function readSpelled({ method, authority, target, headers, body }: SpelledParts): AgentRequest {
  const fields = getHeader(headers, 'host') === undefined ? ['Host', authority, ...headers] : [...headers];
  const isFramed = ['content-length', 'transfer-encoding'].some((name) => getHeader(headers, name));
  if (body !== undefined && !isFramed) fields.push('Content-Length', String(body.length));
  const lines = fields.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  const text = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}`).toString('latin1');
  const content = body === undefined ? emptyBody : bodyOf(body);
  return readRequest(headOf(parseRequestHead(text), content), parseAuthority(authority, 443));
}
