import { randomUUID } from 'node:crypto';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createBody, emptyBody, getHeader, getHeaders, isGrpc, type RawHeaders } from '@pai/core';
import type { RequestHead } from './read-request.ts';

/** A request head of HTTP/2. */
export interface H2Head extends RequestHead {
  readonly scheme: string;
  /** Bytes of its header list (RFC 9113 section 6.5.2). */
  readonly size: number;
  readonly isGrpc: boolean;
}

/** Reads the fields of a request in one pass. `flags` are those of the frame they came in. */
export function readH2Request(stream: ServerHttp2Stream, raw: readonly string[], flags: number): H2Head {
  const { pseudo, headers, size } = separate(raw);
  const isEmpty = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  return {
    id: randomUUID(),
    method: pseudo[':method'] ?? '',
    scheme: pseudo[':scheme'] ?? '',
    target: pseudo[':path'] ?? '',
    authority: pseudo[':authority'],
    hosts: getHeaders(headers, 'host'),
    headers,
    size,
    isGrpc: isGrpc(headers),
    protocol: 'h2',
    body: isEmpty ? emptyBody : bodyOf(stream, headers),
  };
}

interface Pseudo {
  ':method'?: string;
  ':scheme'?: string;
  ':path'?: string;
  ':authority'?: string;
}

/** Ordinary fields apart, with the crumbs of a cookie put together again (RFC 9113 section 8.2.3). */
function separate(raw: readonly string[]) {
  const pseudo: Pseudo = {};
  const headers: RawHeaders = [];
  const crumbs: string[] = [];
  let size = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    size += name.length + value.length + 32;
    if (name.startsWith(':')) pseudo[name as keyof Pseudo] = value;
    else if (name === 'cookie') crumbs.push(value);
    else headers.push(name, value);
  }
  if (crumbs.length > 0) headers.push('cookie', crumbs.join('; '));
  return { pseudo, headers, size };
}

function bodyOf(stream: ServerHttp2Stream, headers: RawHeaders) {
  const length = getHeader(headers, 'content-length');
  let trailers: RawHeaders = [];
  stream.once('trailers', (_fields: IncomingHttpHeaders, _flags: number, raw: string[] = []) => {
    trailers = raw;
  });
  const open = () => {
    if (getHeader(headers, 'expect')?.toLowerCase() === '100-continue')
      stream.additionalHeaders({ ':status': 100 });
    return stream;
  };
  return createBody({
    length: length === undefined ? undefined : Number(length),
    open,
    trailers: () => trailers,
  });
}
