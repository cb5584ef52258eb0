import { Readable } from 'node:stream';
import { type Body, createBody, getHeaders, PaiError, type UpstreamRequest } from '@pai/core';
import { createChunkSignatures } from './chunk-signatures.ts';
import { type ChunkedContent, createChunkResigner, type Resigner } from './resign-chunks.ts';
import { createEventResigner } from './resign-events.ts';
import type { Signature } from './signer.ts';

/**
 * Reads from the head what signed content will hold: `aws-chunked`, or events. Undefined when `payloadHash` announces none. Throws
 * `malformed_request` when the head does not say, and when the content is signed in the other way than this endpoint's.
 */
export function readChunkedContent(
  { headers }: Pick<UpstreamRequest, 'headers'>,
  payloadHash: string,
  algorithm: 'sigv4' | 'sigv4a',
): ChunkedContent | 'events' | undefined {
  if (!payloadHash.startsWith('STREAMING-AWS4-')) return undefined;
  const isEcdsa = payloadHash.startsWith('STREAMING-AWS4-ECDSA-');
  if (isEcdsa !== (algorithm === 'sigv4a'))
    throw unreadable(`${payloadHash} is not how content is signed for this host`);
  if (payloadHash === signedEvents) return 'events';
  const [length = '', ...others] = getHeaders(headers, 'x-amz-decoded-content-length');
  if (!/^\d{1,15}$/.test(length) || others.length > 0)
    throw unreadable('x-amz-decoded-content-length is not one number');
  const hasTrailer = payloadHash.endsWith('-TRAILER');
  return { length: Number(length), trailers: hasTrailer ? readTrailerNames(headers) : undefined };
}

/** The `x-amz-content-sha256` of event streams. */
const signedEvents = 'STREAMING-AWS4-HMAC-SHA256-EVENTS';

function readTrailerNames(headers: readonly string[]): ReadonlySet<string> {
  const names = getHeaders(headers, 'x-amz-trailer')
    .join(',')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const isList = names.every((name) => /^[a-z0-9-]+$/.test(name) && name !== 'x-amz-trailer-signature');
  if (isList && new Set(names).size === names.length) return new Set(names);
  throw unreadable('x-amz-trailer does not name the fields of the trailer');
}

/** The same content, with the signatures that go on from `signature`. It fails where the content is not what was announced. */
export function resignBody(body: Body, content: ChunkedContent | 'events', signature: Signature): Body {
  if (content === 'events') return through(body, createEventResigner(signature));
  return through(body, createChunkResigner(createChunkSignatures(signature), content));
}

function through(body: Body, resigner: Resigner): Body {
  return createBody({
    length: body.length,
    open: () => Readable.from(resigned(body.stream(), resigner), { objectMode: false }),
    trailers: body.trailers,
  });
}

async function* resigned(content: Readable, resigner: Resigner): AsyncGenerator<Buffer> {
  // An agent whose content is refused still gets the answer that says so.
  for await (const bytes of content.iterator({ destroyOnReturn: false })) yield* resigner.push(bytes);
  resigner.end();
}

function unreadable(why: string): PaiError {
  return new PaiError('malformed_request', `the content cannot be signed: ${why}; send UNSIGNED-PAYLOAD`);
}
