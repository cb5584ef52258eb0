import { createHash, type Hash } from 'node:crypto';
import { PaiError } from '@pai/core';
import { createChunkReader, malformed } from './chunk-reader.ts';
import type { ChunkSignatures } from './chunk-signatures.ts';
import { emptyHash } from './hash.ts';

/** What signed `aws-chunked` content must hold, as the head says. */
export interface ChunkedContent {
  /** Bytes of data in all chunks together. */
  readonly length: number;
  /** The names of the trailer fields, in lower case; undefined when the content has no trailer. */
  readonly trailers: ReadonlySet<string> | undefined;
}

/** Takes framed content, and gives it back with other signatures. */
export interface Resigner {
  /** The frames that these bytes complete. */
  push(bytes: Buffer): Buffer[];
  /** Throws unless the content is complete. */
  end(): void;
}

/** Most bytes of a chunk: a signature stands before its data, so that the whole chunk is held. */
const mostInChunk = 16 * 1024 * 1024;

interface Frame {
  readonly bytes: Buffer;
  readonly prefix: number;
  readonly hash: Hash;
  filled: number;
}

/**
 * Signs chunks anew, and holds one of them. Nothing of a frame is given before all of it is there and as it must be. Throws
 * `malformed_request`, and `body_too_large` for a chunk of more than 16 MiB.
 */
export function createChunkResigner(signatures: ChunkSignatures, content: ChunkedContent): Resigner {
  const { length, trailers } = content;
  const fields = new Map<string, string>();
  let complete: Buffer[] = [];
  let frame: Frame | undefined;
  let total = 0;
  const give = (text: string) => void complete.push(Buffer.from(text, 'latin1'));

  const reader = createChunkReader(
    { signatureLength: signatures.length, hasTrailer: trailers !== undefined },
    {
      onSize(size, digits) {
        total += size;
        if (size > mostInChunk) throw tooLarge(size);
        if (total > length) throw malformed('it has more data than x-amz-decoded-content-length says');
        const head = `${digits};chunk-signature=`;
        if (size > 0) {
          frame = openFrame(head, signatures.length, size);
          return;
        }
        if (total < length) throw malformed('it has less data than x-amz-decoded-content-length says');
        give(`${head}${signatures.chunk(emptyHash)}\r\n`);
      },
      onData(data) {
        if (frame === undefined) return;
        frame.hash.update(data);
        frame.filled += data.copy(frame.bytes, frame.filled);
      },
      onChunk() {
        if (frame === undefined) return;
        frame.bytes.write(signatures.chunk(frame.hash.digest('hex')), frame.prefix, 'latin1');
        complete.push(frame.bytes);
        frame = undefined;
      },
      onTrailer(line, name, value) {
        if (trailers?.has(name) !== true || fields.has(name))
          throw malformed(`its trailer has a field that x-amz-trailer does not name, or one twice`);
        fields.set(name, value);
        give(`${line}\r\n`);
      },
      onTrailerSignature() {
        if (fields.size !== trailers?.size)
          throw malformed('a field that x-amz-trailer names is not in its trailer');
        give(`x-amz-trailer-signature:${signatures.trailer(fields)}\r\n`);
      },
      onEnd: () => give('\r\n'),
    },
  );
  return {
    push(bytes) {
      complete = [];
      reader.push(bytes);
      return complete;
    },
    end: reader.end,
  };
}

/** Everything but the data and the signature is written already. */
function openFrame(head: string, signatureLength: number, size: number): Frame {
  const filled = head.length + signatureLength + 2;
  const bytes = Buffer.allocUnsafeSlow(filled + size + 2);
  bytes.write(head, 'latin1');
  bytes.write('\r\n', filled - 2, 'latin1');
  bytes.write('\r\n', filled + size, 'latin1');
  return { bytes, prefix: head.length, hash: createHash('sha256'), filled };
}

function tooLarge(size: number): PaiError {
  return new PaiError(
    'body_too_large',
    `a signed chunk of ${size} bytes is larger than the ${mostInChunk} that can be signed anew; let the client send smaller chunks, or UNSIGNED-PAYLOAD`,
  );
}
