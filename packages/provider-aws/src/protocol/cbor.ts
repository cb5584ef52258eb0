import { decodeUtf8, PaiError, printable } from '@pai/core';

/**
 * The value of CBOR content (RFC 8949) that has one reading, in the shapes of JSON: maps are objects without a
 * prototype, byte strings are `Uint8Array`, integers that a double cannot hold are a `bigint`, and a time or a big number
 * is what its tag holds. Throws `malformed_request` when it is not CBOR, when bytes are left over, when a map repeats a
 * key or has one that is no text, for other tags, and over 100 levels.
 */
export function readCbor(bytes: Uint8Array): unknown {
  const source = createSource(bytes);
  const value = readItem(source, 0);
  if (source.left() > 0) throw malformed('has something after its end');
  return value;
}

interface Source {
  readonly left: () => number;
  readonly byte: () => number;
  readonly take: (size: number) => Uint8Array;
  readonly view: (size: number) => DataView;
  /** Whether the break of an indefinite length is next; takes it. */
  readonly isEnd: () => boolean;
}

function createSource(bytes: Uint8Array): Source {
  let at = 0;
  const take = (size: number): Uint8Array => {
    if (size > bytes.length - at) throw malformed('ends too early');
    at += size;
    return bytes.subarray(at - size, at);
  };
  return {
    left: () => bytes.length - at,
    byte: () => take(1)[0] as number,
    take,
    view: (size) => {
      const part = take(size);
      return new DataView(part.buffer, part.byteOffset, size);
    },
    isEnd: () => {
      if (bytes[at] !== 0xff) return false;
      at += 1;
      return true;
    },
  };
}

const deepest = 100;

function readItem(source: Source, depth: number): unknown {
  if (depth > deepest) throw malformed(`has over ${deepest} levels`);
  const head = source.byte();
  const info = head & 0x1f;
  switch (head >> 5) {
    case 0:
      return readArgument(source, info);
    case 1:
      return negated(readArgument(source, info));
    case 2:
      return Buffer.concat(readChunks(source, info, 2));
    case 3:
      return readChunks(source, info, 3).map(decodeUtf8).join('');
    case 4:
      return readArray(source, info, depth);
    case 5:
      return readMap(source, info, depth);
    case 6:
      return readTagged(source, info, depth);
    default:
      return readSimple(source, info);
  }
}

function readArgument(source: Source, info: number): number | bigint {
  if (info < 24) return info;
  if (info === 24) return source.byte();
  if (info === 25) return source.view(2).getUint16(0);
  if (info === 26) return source.view(4).getUint32(0);
  if (info !== 27) throw malformed('has a length that is reserved');
  const long = source.view(8).getBigUint64(0);
  return long <= Number.MAX_SAFE_INTEGER ? Number(long) : long;
}

function negated(argument: number | bigint): number | bigint {
  if (typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER) return -1n - BigInt(argument);
  return -1 - argument;
}

/** How many follow, each of at least one byte; undefined when a break ends them. */
function readCount(source: Source, info: number): number | undefined {
  if (info === 31) return undefined;
  const count = readArgument(source, info);
  if (count > source.left()) throw malformed('ends too early');
  return Number(count);
}

/** The chunks of a string of indefinite length are strings of the same kind and of definite length. */
function readChunks(source: Source, info: number, kind: number): Uint8Array[] {
  const size = readCount(source, info);
  if (size !== undefined) return [source.take(size)];
  const chunks: Uint8Array[] = [];
  while (!source.isEnd()) {
    const head = source.byte();
    const length = head >> 5 === kind ? readCount(source, head & 0x1f) : undefined;
    if (length === undefined) throw malformed('has a string in chunks of another kind');
    chunks.push(source.take(length));
  }
  return chunks;
}

function readArray(source: Source, info: number, depth: number): unknown[] {
  const count = readCount(source, info);
  const items: unknown[] = [];
  while (count === undefined ? !source.isEnd() : items.length < count)
    items.push(readItem(source, depth + 1));
  return items;
}

function readMap(source: Source, info: number, depth: number): Record<string, unknown> {
  const count = readCount(source, info);
  const members: Record<string, unknown> = Object.create(null);
  for (let i = 0; count === undefined ? !source.isEnd() : i < count; i += 1) {
    const key = readItem(source, depth + 1);
    if (typeof key !== 'string') throw malformed('has a key that is no text');
    if (Object.hasOwn(members, key)) throw malformed(`repeats the key ${printable(key)}`);
    members[key] = readItem(source, depth + 1);
  }
  return members;
}

/** Of the registered tags Smithy's RPC uses these: times, big numbers and decimal fractions. */
function readTagged(source: Source, info: number, depth: number): unknown {
  const tag = readArgument(source, info);
  if (tag !== 1 && tag !== 2 && tag !== 3 && tag !== 4) throw malformed(`has the tag ${tag}`);
  return readItem(source, depth + 1);
}

function readSimple(source: Source, info: number): unknown {
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  if (info === 23) return undefined;
  if (info === 25) return halfOf(source.view(2).getUint16(0));
  if (info === 26) return source.view(4).getFloat32(0);
  if (info === 27) return source.view(8).getFloat64(0);
  throw malformed('has a value that is neither true, false, null nor a number');
}

function halfOf(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  const sign = bits >> 15 === 0 ? 1 : -1;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}

function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `the CBOR ${what}; send plain CBOR (RFC 8949)`);
}
