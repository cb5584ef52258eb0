import { createHash } from 'node:crypto';

/** The content of an object or a part. Zeros are only counted, so that gigabytes of them cost nothing. */
export interface Content {
  readonly size: number;
  /** Hex, as the ETag of what was sent in one piece. */
  readonly md5: string;
  /** The bytes from `from` to before `to`, in pieces. */
  readonly read: (from: number, to: number) => Iterable<Buffer>;
}

/** Takes what arrives. */
export interface ContentWriter {
  write(chunk: Buffer): void;
  end(): Content;
}

const zeros = Buffer.alloc(1 << 20);

/** Starts one. */
export function createContentWriter(): ContentWriter {
  let leading = 0;
  let rest: Buffer[] | undefined;
  return {
    write(chunk) {
      if (rest === undefined && isZero(chunk)) {
        leading += chunk.length;
        return;
      }
      rest ??= [];
      rest.push(chunk);
    },
    end() {
      return joinContent([
        zeroContent(leading),
        ...(rest === undefined ? [] : [byteContent(Buffer.concat(rest))]),
      ]);
    },
  };
}

/** Contents one after the other. */
export function joinContent(all: readonly Content[]): Content {
  const parts = all.filter(({ size }) => size > 0);
  const [only = zeroContent(0)] = parts;
  if (parts.length <= 1) return only;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const read = function* (from: number, to: number): Iterable<Buffer> {
    let at = 0;
    for (const part of parts) {
      const [start, end] = [Math.max(from - at, 0), Math.min(to - at, part.size)];
      if (start < end) yield* part.read(start, end);
      at += part.size;
    }
  };
  return {
    size,
    get md5() {
      return digest(read(0, size));
    },
    read,
  };
}

function byteContent(bytes: Buffer): Content {
  return {
    size: bytes.length,
    md5: digest([bytes]),
    read: (from, to) => [bytes.subarray(from, to)],
  };
}

/** Parts of an upload have one size, and one hash. */
const known = new Map<number, string>();

function zeroContent(size: number): Content {
  const read = function* (from: number, to: number): Iterable<Buffer> {
    for (let left = to - from; left > 0; left -= zeros.length)
      yield zeros.subarray(0, Math.min(left, zeros.length));
  };
  return {
    size,
    get md5() {
      const md5 = known.get(size) ?? digest(read(0, size));
      known.set(size, md5);
      return md5;
    },
    read,
  };
}

function isZero(chunk: Buffer): boolean {
  for (let at = 0; at < chunk.length; at += zeros.length) {
    const piece = chunk.subarray(at, at + zeros.length);
    if (!piece.equals(zeros.subarray(0, piece.length))) return false;
  }
  return true;
}

function digest(pieces: Iterable<Buffer>): string {
  const hash = createHash('md5');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
