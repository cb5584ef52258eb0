import type { RawHeaders } from '@pai/core';
import { parseFields } from './fields.ts';
import { type Framing, noContent, readFraming } from './framing.ts';
import { statusLine } from './grammar.ts';
import { maxResponseFields } from './limits.ts';
import { protocolError } from './protocol-error.ts';

/** Status line and fields of a response. */
export interface ResponseHeadLine {
  readonly status: number;
  readonly headers: RawHeaders;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
}

/** Reads a head without its last empty line. Throws `upstream_protocol` unless every line is exactly by the grammar. */
export function parseResponseHead(text: string): ResponseHeadLine {
  const line = statusLine.exec(text);
  if (line === null) throw protocolError('a status line that is not HTTP/1.1');
  const headers = parseFields(text, line[0].length, protocolError);
  if (headers.length / 2 > maxResponseFields) throw protocolError('too many header fields');
  return { status: Number(line[2]), minor: line[1] === '0' ? 0 : 1, headers };
}

/** How the response to `method` ends. Throws `upstream_protocol` when its head says two things about that. */
export function findResponseFraming(method: string, head: ResponseHeadLine): Framing {
  const said = readFraming(head.headers, head.minor, protocolError);
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return noContent;
  return said ?? { kind: 'close' };
}
