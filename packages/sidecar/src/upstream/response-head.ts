import { getHeaders, type RawHeaders } from '@pai/core';
import { protocolError } from './protocol-error.ts';

/** Status line and fields of a response. */
export interface ResponseHeadLine {
  readonly status: number;
  readonly headers: RawHeaders;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
}

/** Where the content of a response ends (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: 'none' | 'chunked' | 'close'; readonly isReusable: boolean }
  | { readonly kind: 'length'; readonly length: number; readonly isReusable: boolean };

/** Reads a head without its last empty line. Throws `upstream_protocol` unless every line is exactly by the grammar. */
export function parseHead(head: string): ResponseHeadLine {
  const status = statusLine.exec(head);
  if (status === null) throw protocolError('a status line that is not HTTP/1.1');
  return {
    status: Number(status[2]),
    minor: status[1] === '0' ? 0 : 1,
    headers: parseFields(head, status[0].length),
  };
}

/**
 * Reads the field lines of `text` from `start` on (RFC 9112 section 5). Throws `upstream_protocol` for folding, bare CR
 * or LF, and bad names.
 */
export function parseFields(text: string, start = 0): RawHeaders {
  const headers: RawHeaders = [];
  fieldLine.lastIndex = start;
  while (fieldLine.lastIndex < text.length) {
    const field = fieldLine.exec(text);
    if (field === null) throw protocolError('a malformed header line');
    headers.push(field[1] as string, (field[2] as string).trimEnd());
  }
  return headers;
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;
const fieldLine = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;

/** How the response to `method` ends. Throws `upstream_protocol` when its head says two things about that. */
export function findFraming(method: string, head: ResponseHeadLine): Framing {
  const codings = getHeaders(head.headers, 'transfer-encoding');
  const lengths = getHeaders(head.headers, 'content-length');
  const isReusable = keepsAlive(head);
  if (codings.length > 0 && lengths.length > 0)
    throw protocolError('both Content-Length and Transfer-Encoding');
  if (lengths.length > 1) throw protocolError('more than one Content-Length');
  if (
    codings.length > 0 &&
    (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked' || head.minor === 0)
  ) {
    throw protocolError('a Transfer-Encoding other than chunked');
  }
  const length = parseLength(lengths[0]);
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return { kind: 'none', isReusable };
  if (codings.length > 0) return { kind: 'chunked', isReusable };
  if (length !== undefined) return { kind: 'length', length, isReusable };
  return { kind: 'close', isReusable: false };
}

function parseLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw protocolError('a Content-Length that is not a number');
  return length;
}

function keepsAlive(head: ResponseHeadLine): boolean {
  const options = getHeaders(head.headers, 'connection').join(',').toLowerCase();
  return head.minor === 0 ? /\bkeep-alive\b/.test(options) : !/\bclose\b/.test(options);
}
