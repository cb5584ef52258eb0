import type { RawHeaders } from '@pai/core';
import { protocolError } from './protocol-error.ts';
import { parseFields } from './response-head.ts';

/** Reads the chunked transfer coding (RFC 9112 section 7.1). */
export interface ChunkedReader {
  /** Gives what follows the coding's end. Throws `upstream_protocol`. */
  feed(chunk: Buffer): Buffer;
}

/** Most bytes of one chunk-size line, extensions included. */
const maxLineBytes = 4 * 1024;
/** Most bytes of the trailer section. */
const maxTrailerBytes = 64 * 1024;

/** Hands the content to `onData` as it comes, and the trailer fields to `onEnd`. */
export function createChunkedReader(
  onData: (chunk: Buffer) => void,
  onEnd: (trailers: RawHeaders) => void,
): ChunkedReader {
  let state: 'size' | 'data' | 'crlf' | 'trailers' | 'done' = 'size';
  let line = '';
  let remaining = 0;
  let trailers = '';

  const onLine = (text: string) => {
    if (state === 'crlf' && text === '') state = 'size';
    else if (state === 'crlf') throw protocolError('a chunk longer than it said');
    else if (state === 'size') {
      remaining = parseSize(text);
      state = remaining === 0 ? 'trailers' : 'data';
    } else if (text === '') {
      state = 'done';
      onEnd(parseFields(trailers));
    } else {
      trailers += `${text}\r\n`;
      if (trailers.length > maxTrailerBytes) throw protocolError('trailers that are too large');
    }
  };

  const readLine = (chunk: Buffer): Buffer => {
    const at = chunk.indexOf(10);
    line += chunk.toString('latin1', 0, at === -1 ? chunk.length : at);
    if (line.length > maxLineBytes) throw protocolError('a chunk line that is too long');
    if (at === -1) return chunk.subarray(chunk.length);
    if (!line.endsWith('\r')) throw protocolError('a bare line feed in the chunked coding');
    const text = line.slice(0, -1);
    line = '';
    onLine(text);
    return chunk.subarray(at + 1);
  };

  const readData = (chunk: Buffer): Buffer => {
    const part = chunk.length > remaining ? chunk.subarray(0, remaining) : chunk;
    remaining -= part.length;
    if (remaining === 0) state = 'crlf';
    onData(part);
    return chunk.subarray(part.length);
  };

  return {
    feed(chunk) {
      let rest = chunk;
      while (rest.length > 0 && state !== 'done') rest = state === 'data' ? readData(rest) : readLine(rest);
      return rest;
    },
  };
}

function parseSize(text: string): number {
  const size = /^([0-9a-f]{1,13})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(text);
  if (size === null) throw protocolError('a malformed chunk size');
  return Number.parseInt(size[1] as string, 16);
}
