import { Readable } from 'node:stream';
import { PaiError } from './errors.ts';
import type { ReadonlyRawHeaders } from './headers.ts';

/** The content of a message. It streams; nothing is read ahead unless someone calls `peek` or `bytes`. */
export interface Body {
  /** Declared size in bytes; 0 is no content; undefined is not known before the end. */
  readonly length: number | undefined;
  /**
   * Reads ahead until `isEnough` says so, the content ends or `limit` bytes have come, and gives what was read. The
   * bytes stay in the body. The result may be longer than `limit` by part of one chunk.
   */
  peek(limit: number, isEnough?: (read: Buffer) => boolean): Promise<Buffer>;
  /** All of the content, which stays in the body. Throws `body_too_large` when it has more than `limit` bytes. */
  bytes(limit: number): Promise<Buffer>;
  /** Whether all of the content is in memory: only then may `stream` be called again. */
  isHeld(): boolean;
  /** The content, once, with backpressure. */
  stream(): Readable;
  /** Trailer fields (RFC 9110 section 6.5), complete when the stream has ended. */
  trailers(): ReadonlyRawHeaders;
  /** Lets go of what holds the content, which nobody reads any more. For content that is not the agent's own stream. */
  discard?(): void;
}

/** A body of bytes that are all here. */
export function bodyOf(content: string | Uint8Array): Body {
  const bytes = Buffer.from(content);
  return {
    length: bytes.length,
    peek: async () => bytes,
    bytes: async (limit) => {
      if (bytes.length > limit) throw tooLarge(limit);
      return bytes;
    },
    isHeld: () => true,
    stream: () => Readable.from(bytes.length === 0 ? [] : [bytes]),
    trailers: () => [],
  };
}

/** No content. */
export const emptyBody: Body = bodyOf('');

/** What a streaming body is made of. */
export interface BodySource {
  readonly length: number | undefined;
  /** Called once, when the content is first asked for: the moment to send `100 Continue`. */
  open(): Readable;
  trailers?(): ReadonlyRawHeaders;
  /** Milliseconds in which content that is read ahead must come. Default 30,000. */
  readonly patience?: number;
}

/** A body that streams from `source`, and puts back what was read ahead. */
export function createBody(source: BodySource): Body {
  let opened: Readable | undefined;
  let isComplete = false;
  let chunks: Buffer[] = [];
  let size = 0;
  const joined = (): Buffer => {
    if (chunks.length !== 1) chunks = [Buffer.concat(chunks)];
    return chunks[0] as Buffer;
  };
  const open = () => {
    opened ??= source.open();
    return opened;
  };

  const peek: Body['peek'] = async (limit, isEnough) => {
    const stream = open();
    const deadline = performance.now() + (source.patience ?? 30_000);
    while (!isComplete && size <= limit && isEnough?.(joined()) !== true) {
      const chunk = await nextChunk(stream, deadline);
      if (chunk === undefined) isComplete = true;
      else {
        chunks.push(chunk);
        size += chunk.length;
      }
    }
    return joined();
  };

  return {
    length: source.length,
    peek,
    bytes: async (limit) => {
      if (source.length !== undefined && source.length > limit) throw tooLarge(limit);
      const read = await peek(limit);
      if (read.length > limit) throw tooLarge(limit);
      return read;
    },
    isHeld: () => isComplete,
    stream: () => {
      const stream = open();
      if (isComplete) return Readable.from(size === 0 ? [] : [joined()]);
      return size === 0 ? stream : Readable.from(continued(joined(), stream), { objectMode: false });
    },
    trailers: () => source.trailers?.() ?? [],
  };
}

/** What was read ahead, then the rest. Putting it back into the stream is no way: that may have ended with it. */
async function* continued(read: Buffer, rest: Readable): AsyncGenerator<Buffer> {
  yield read;
  yield* rest;
}

/** The next chunk of a paused stream, or undefined at its end. Rejects when the stream fails, is cut off or is late. */
function nextChunk(stream: Readable, deadline: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      stream.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onClose);
      finish();
    };
    const onReadable = () => {
      const chunk: Buffer | null = stream.read();
      if (chunk !== null) settle(() => resolve(chunk));
    };
    const onEnd = () => settle(() => resolve(undefined));
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(cutOff()));
    if (stream.readableEnded) return resolve(undefined);
    if (stream.destroyed) return reject(cutOff());
    const timer = setTimeout(() => settle(() => reject(late())), deadline - performance.now());
    stream.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onClose);
    onReadable();
  });
}

function cutOff(): PaiError {
  return new PaiError('malformed_request', 'the request body was cut off before its end');
}

function late(): PaiError {
  return new PaiError(
    'malformed_request',
    'the request body, which must be read to judge the request, did not come in time; send it without a pause',
  );
}

function tooLarge(limit: number): PaiError {
  return new PaiError(
    'body_too_large',
    `the request body is larger than the ${limit} bytes that can be judged`,
  );
}
