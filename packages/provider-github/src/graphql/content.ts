import { type AgentRequest, decodeUtf8, getHeaders, PaiError } from '@pai/core';
import { unreadable } from './unreadable.ts';

const limit = 1 << 20;

/**
 * The UTF-8 text of a request's content, at most 1 MiB of it, gzip undone (RFC 9110 section 8.4); the request keeps its
 * bytes. Throws `body_too_large` beyond that, and `malformed_request` for what is not one such text.
 */
export async function readContent(request: AgentRequest): Promise<string> {
  const codings = getHeaders(request.headers, 'content-encoding')
    .flatMap((value) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > 1 || (codings[0] ?? 'gzip') !== 'gzip') {
    throw unreadable('the content-encoding is neither identity nor gzip');
  }
  const bytes = await request.body.bytes(limit);
  return decode(codings.length === 0 ? bytes : gunzip(bytes));
}

function gunzip(bytes: Buffer): Buffer {
  try {
    // Most sidecars never load it.
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    const options = { maxOutputLength: limit, info: true };
    const { buffer, engine } = gunzipSync(bytes, options) as unknown as Inflated;
    if (engine.bytesWritten === bytes.length) return buffer;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new PaiError(
        'body_too_large',
        `the request body holds more than the ${limit} bytes that can be judged`,
      );
    }
  }
  throw unreadable('the content is not gzip, although content-encoding says so');
}

/** What zlib gives with `info: true`. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function decode(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (!text.startsWith('\ufeff')) return text;
  throw unreadable('the content begins with a byte order mark; send it without');
}
