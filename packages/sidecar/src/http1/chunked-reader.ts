import type { RawHeaders } from '@pai/core';
import { type Fail, parseFields } from './fields.ts';
import { checkTrailers } from './framing.ts';
import { chunkLine } from './grammar.ts';
import { maxChunkExtensions, maxChunkLine, maxTrailers } from './limits.ts';

/** Reads the chunked transfer coding (RFC 9112 section 7.1). */
export interface ChunkedReader {
  /** Gives what follows the coding's end. Throws what the reader was made with. */
  feed(chunk: Buffer): Buffer;
}

/** Hands the content to `onData` as it comes, and the trailer fields to `onEnd`. */
export function createChunkedReader(
  onData: (chunk: Buffer) => void,
  onEnd: (trailers: RawHeaders) => void,
  fail: Fail,
): ChunkedReader {
  let state: 'size' | 'data' | 'crlf' | 'trailers' | 'done' = 'size';
  let line = '';
  let remaining = 0;
  let extensions = 0;
  let trailers = '';

  const readSize = (text: string) => {
    const size = chunkLine.exec(text)?.[1];
    if (size === undefined) throw fail('a malformed chunk size');
    extensions += text.length - size.length;
    if (extensions > maxChunkExtensions) throw fail('too many chunk extensions');
    remaining = Number.parseInt(size, 16);
    state = remaining === 0 ? 'trailers' : 'data';
  };

  const onLine = (text: string) => {
    if (state === 'crlf' && text === '') state = 'size';
    else if (state === 'crlf') throw fail('a chunk longer than it said');
    else if (state === 'size') readSize(text);
    else if (text === '') {
      state = 'done';
      const fields = parseFields(trailers, 0, fail);
      checkTrailers(fields, fail);
      onEnd(fields);
    } else {
      trailers += `${text}\r\n`;
      if (trailers.length > maxTrailers) throw fail('trailers that are too large');
    }
  };

  const readLine = (chunk: Buffer): Buffer => {
    const at = chunk.indexOf(10);
    line += chunk.toString('latin1', 0, at === -1 ? chunk.length : at);
    if (line.length > maxChunkLine) throw fail('a chunk line that is too long');
    if (state === 'crlf' && line !== '' && line !== '\r') throw fail('a chunk longer than it said');
    if (at === -1) return chunk.subarray(chunk.length);
    if (!line.endsWith('\r')) throw fail('a bare line feed in the chunked coding');
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
