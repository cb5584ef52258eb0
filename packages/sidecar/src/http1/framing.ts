import type { ReadonlyRawHeaders } from '@pai/core';
import type { Fail } from './fields.ts';
import { contentLength } from './grammar.ts';

/** Where the content of a message ends (RFC 9112 section 6.3). `close`: with its connection, responses only. */
export type Framing =
  | { readonly kind: 'none' | 'chunked' | 'close' }
  | { readonly kind: 'length'; readonly length: number };

/** No content. */
export const noContent: Framing = { kind: 'none' };
const chunked: Framing = { kind: 'chunked' };

/**
 * What the fields of a message say of its content; undefined when they say nothing. Throws `fail` when they say two
 * things, or something in a spelling that another reader could take for the other thing.
 */
export function readFraming(headers: ReadonlyRawHeaders, minor: 0 | 1, fail: Fail): Framing | undefined {
  let length: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (name.length === 14 && isSpelled(name, 'content-length', fail)) {
      if (length !== undefined) throw fail('more than one Content-Length');
      length = value;
    } else if (name.length === 17 && isSpelled(name, 'transfer-encoding', fail)) {
      if (coding !== undefined) throw fail('more than one Transfer-Encoding');
      coding = value;
    } else if (name.length === 7 && name.toLowerCase() === 'trailer' && framesInTrailer.test(value)) {
      throw fail('a Trailer field that announces what frames a message');
    }
  }
  if (coding !== undefined && length !== undefined) throw fail('both Content-Length and Transfer-Encoding');
  if (coding !== undefined) {
    if (minor === 0) throw fail('a Transfer-Encoding in HTTP/1.0');
    if (coding.toLowerCase() !== 'chunked') throw fail('a Transfer-Encoding other than chunked');
    return chunked;
  }
  if (length === undefined) return undefined;
  const bytes = contentLength.test(length) ? Number(length) : Number.NaN;
  if (!Number.isSafeInteger(bytes)) throw fail('a Content-Length that is not one number');
  return bytes === 0 ? noContent : { kind: 'length', length: bytes };
}

/** What Go's client and server refuse to see announced (RFC 9110 section 6.5.1). */
const framesInTrailer = /(?:^|[\t ,])(?:content[-_]length|transfer[-_]encoding|trailer)(?:$|[\t ,])/i;

/**
 * Throws `fail` for trailer fields that only a head may have: those that frame a message, steer its connection or name
 * its host (RFC 9110 section 6.5.1).
 */
export function checkTrailers(trailers: ReadonlyRawHeaders, fail: Fail): void {
  for (let i = 0; i < trailers.length; i += 2) {
    const key = (trailers[i] as string).toLowerCase().replaceAll('_', '-');
    if (notInTrailers.has(key)) throw fail(`${key} in a trailer section`);
  }
}

const notInTrailers = new Set([
  'content-length',
  'transfer-encoding',
  'trailer',
  'connection',
  'upgrade',
  'host',
]);

/** Servers that hand fields on as variables read `Content_Length` as `Content-Length`: a second reading. */
function isSpelled(name: string, expected: string, fail: Fail): boolean {
  const lower = name.toLowerCase();
  if (lower === expected) return true;
  if (lower.replaceAll('_', '-') === expected) throw fail(`a field that some read as ${expected}`);
  return false;
}
