import type { RawHeaders } from '@pai/core';
import { createChunkedReader } from './chunked-reader.ts';
import type { Fail } from './fields.ts';
import type { Framing } from './framing.ts';

/** Reads the content of one message. */
export interface ContentReader {
  /** Gives what follows the content. Throws what the reader was made with. */
  feed(chunk: Buffer): Buffer;
}

const nothing = Buffer.alloc(0);

/** Hands content to `onData` as views that must not be kept, and its end, once, to `onEnd`. */
export function createContentReader(
  framing: Framing,
  onData: (chunk: Buffer) => void,
  onEnd: (trailers: RawHeaders) => void,
  fail: Fail,
): ContentReader {
  if (framing.kind === 'chunked') return createChunkedReader(onData, onEnd, fail);
  if (framing.kind !== 'length') {
    return {
      feed(chunk) {
        onData(chunk);
        return nothing;
      },
    };
  }
  let remaining = framing.length;
  return {
    feed(chunk) {
      const part = chunk.length > remaining ? chunk.subarray(0, remaining) : chunk;
      remaining -= part.length;
      onData(part);
      if (remaining === 0) onEnd([]);
      return part.length === chunk.length ? nothing : chunk.subarray(part.length);
    },
  };
}
