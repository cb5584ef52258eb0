import { decodeUtf8, PaiError } from '@pai/core';

/** One occurrence of a field: its wire type, and what it holds (protobuf.dev, "Encoding"). */
interface Occurrence {
  readonly wire: number;
  readonly bytes: Buffer;
}

/** A protobuf message in its one reading. Every member throws `malformed_request` where two decoders could differ. */
export interface WireMessage {
  /** Whether the field is there at all, whatever it holds. */
  has(number: number): boolean;
  /** A singular string; empty when it is not there. */
  text(number: number): string;
  /** Every value of a repeated string. */
  texts(number: number): readonly string[];
  /** The content of a singular message, or undefined. */
  inner(number: number): Buffer | undefined;
  /** The content of every message of a repeated field. */
  inners(number: number): readonly Buffer[];
  /** A singular bool. */
  isTrue(number: number): boolean;
}

/** More of what names things than any request of Google's has. */
const most = 20_000;

/**
 * Reads the fields of these numbers, and checks that all the others are well-formed. Throws `malformed_request` for what
 * is no message, for groups, which no proto of Google Cloud has, and for tags that are written longer than they need be.
 */
export function readMessage(bytes: Buffer, ...numbers: readonly number[]): WireMessage {
  const found = new Map<number, Occurrence[]>(numbers.map((number) => [number, []]));
  let count = 0;
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at, 5);
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (tag.isPadded || number === 0 || number > 0x1fff_ffff)
      throw malformed('has a field without a proper number');
    const start = wire === 2 ? readVarint(bytes, tag.end, 5) : { value: 0, end: tag.end };
    at = endOf(bytes, wire, start.end, start.value);
    const list = found.get(number);
    if (list === undefined) continue;
    count += 1;
    if (count > most) throw malformed(`names more than ${most} things; send them in several requests`);
    list.push({ wire, bytes: bytes.subarray(start.end, at) });
  }
  return messageOf(found);
}

function messageOf(found: ReadonlyMap<number, readonly Occurrence[]>): WireMessage {
  const all = (number: number, wire: number): readonly Buffer[] => {
    const list = found.get(number) ?? [];
    if (list.some((one) => one.wire !== wire))
      throw malformed(`has field ${number} as another type than its own`);
    return list.map((one) => one.bytes);
  };
  const single = (number: number, wire: number): Buffer | undefined => {
    const list = all(number, wire);
    if (list.length > 1) throw malformed(`has field ${number} twice; send it once`);
    return list[0];
  };
  return {
    has: (number) => (found.get(number) ?? []).length > 0,
    text: (number) => decodeUtf8(single(number, 2) ?? Buffer.alloc(0)),
    texts: (number) => all(number, 2).map(decodeUtf8),
    inner: (number) => single(number, 2),
    inners: (number) => all(number, 2),
    isTrue: (number) => {
      const [byte = 0, ...more] = single(number, 0) ?? [];
      if (byte > 1 || more.length > 0) throw malformed(`has neither true nor false in field ${number}`);
      return byte === 1;
    },
  };
}

function endOf(bytes: Buffer, wire: number, at: number, length: number): number {
  if (wire === 0) return readVarint(bytes, at, 10).end;
  const size = wire === 1 ? 8 : wire === 2 ? length : wire === 5 ? 4 : undefined;
  if (size === undefined) throw malformed(`has a field of wire type ${wire}, which cannot be judged`);
  if (at + size > bytes.length) throw malformed('ends within a field');
  return at + size;
}

/** The value is exact below 2^35, which is as much as five bytes hold; of longer ones only the end counts. */
function readVarint(
  bytes: Buffer,
  start: number,
  longest: number,
): { value: number; end: number; isPadded: boolean } {
  let value = 0;
  for (let i = 0; i < longest; i += 1) {
    const byte = bytes[start + i];
    if (byte === undefined) throw malformed('ends within a field');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (longest === 5 && value > 0xffff_ffff) throw malformed('has a length or a tag of more than 32 bits');
      if (i === 9 && byte > 1) throw malformed('has a number of more than 64 bits');
      return { value, end: start + i + 1, isPadded: i > 0 && byte === 0 };
    }
  }
  throw malformed('has a number that does not end');
}

function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `the message ${what}`);
}
