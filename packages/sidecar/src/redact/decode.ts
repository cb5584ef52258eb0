import type { Transform } from 'node:stream';

/** The content codings that can be read (RFC 9110 section 8.4.1, RFC 8878), by their names in `Content-Encoding`. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** Decodes content chunk by chunk. */
export interface Decoder {
  /** Calls back when all that the chunk held has been given out. */
  write(chunk: Buffer, done: () => void): void;
  /** Calls back when the content was whole. */
  end(done: () => void): void;
  pause(): void;
  resume(): void;
  /** Nothing is called back any more. */
  close(): void;
}

const zlib = () => process.getBuiltinModule('node:zlib');

/** The coding called `name`, if it is one that can be read. */
export function codingOf(name: string): Coding | undefined {
  const lower = name.trim().toLowerCase();
  if (lower === 'x-gzip') return 'gzip';
  return lower === 'gzip' || lower === 'deflate' || lower === 'br' || lower === 'zstd' ? lower : undefined;
}

/** A decoder that gives what it reads to `onData`, and to `onError` that it fails or ends early. `first`: the first bytes of the content. */
export function createDecoder(
  coding: Coding,
  first: Buffer,
  onData: (piece: Buffer) => void,
  onError: () => void,
): Decoder {
  const stream = streamOf(coding, first);
  let isClosed = false;
  let onEnd: (() => void) | undefined;
  const unlessClosed = (call: () => void) => () => {
    if (!isClosed) call();
  };
  const fail = unlessClosed(() => {
    isClosed = true;
    onError();
  });
  stream.on('data', (piece: Buffer) => {
    if (!isClosed) onData(piece);
  });
  stream.on('error', fail);
  // The coding may end before the content does. What was written last is then never called back.
  stream.on('end', () => (onEnd ?? fail)());
  return {
    write: (chunk, done) => void stream.write(chunk, unlessClosed(done)),
    end(done) {
      onEnd = unlessClosed(done);
      stream.end();
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    close() {
      isClosed = true;
      stream.destroy();
    },
  };
}

/** All of a short content at once; undefined when it is damaged, not all of `content`, or longer than `limit` bytes. */
export function decodeAll(coding: Coding, content: Buffer, limit: number): Buffer | undefined {
  const { gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync, zstdDecompressSync } = zlib();
  const inflate = hasZlibHeader(content) ? inflateSync : inflateRawSync;
  const decode = { gzip: gunzipSync, deflate: inflate, br: brotliDecompressSync, zstd: zstdDecompressSync };
  try {
    const read: unknown = decode[coding](content, { maxOutputLength: limit, info: true });
    const { buffer, engine } = read as { buffer: Buffer; engine: { bytesWritten: number } };
    return engine.bytesWritten === content.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

function streamOf(coding: Coding, first: Buffer): Transform {
  const options = { chunkSize: 32 * 1024 };
  const { createGunzip, createInflate, createInflateRaw, createBrotliDecompress, createZstdDecompress } =
    zlib();
  if (coding === 'gzip') return createGunzip(options);
  if (coding === 'br') return createBrotliDecompress(options);
  if (coding === 'zstd') return createZstdDecompress(options);
  return hasZlibHeader(first) ? createInflate(options) : createInflateRaw(options);
}

/**
 * `deflate` means the zlib format; some servers send the bare one, and clients read both (RFC 1950 section 2.2). The first
 * byte may come alone: where it is that of zlib's format, it begins nothing else that is made (RFC 1951 section 3.2.3).
 */
function hasZlibHeader(content: Buffer): boolean {
  const [method = 0, flags] = content;
  return (method & 0x0f) === 8 && (flags === undefined || ((method << 8) | flags) % 31 === 0);
}
