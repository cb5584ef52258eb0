import { randomUUID } from 'node:crypto';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createBody, emptyBody, getHeader, type RawHeaders, type ReadonlyRawHeaders } from '@pai/core';
import type { ReadH2Fields } from './h2-fields.ts';
import type { RequestHead } from './read-request.ts';

/** A request head of HTTP/2. */
export interface H2Head extends RequestHead {
  readonly scheme: string;
  /** Bytes of its header list (RFC 9113 section 6.5.2). */
  readonly size: number;
  readonly isGrpc: boolean;
}

/** Reads a request; `flags` are those of the frame it came in. */
export function readH2Request(
  stream: ServerHttp2Stream,
  raw: readonly string[],
  flags: number,
  readFields: ReadH2Fields,
): H2Head {
  const { scheme, authority, hosts, headers, size, isGrpc, methodAt, targetAt } = readFields(raw);
  const method = raw[methodAt] ?? '';
  const target = raw[targetAt] ?? '';
  const isEmpty = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  return {
    id: randomUUID(),
    method,
    scheme,
    target,
    authority,
    hosts,
    headers,
    size: size + method.length + target.length,
    isGrpc,
    protocol: 'h2',
    body: isEmpty ? emptyBody : bodyOf(stream, headers),
  };
}

function bodyOf(stream: ServerHttp2Stream, headers: ReadonlyRawHeaders) {
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
