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

/** More of what names things than any request of Google's has, and more fields of all kinds in one message. */
const most = { named: 20_000, fields: 200_000 };

/**
 * Reads the fields of these numbers, and checks that all the others are well-formed. Throws `malformed_request` for what
 * is no message, for groups, which no proto of Google Cloud has, and for tags that are written longer than they need be.
 */
export function readMessage(bytes: Buffer, ...numbers: readonly number[]): WireMessage {
  const found = new Map<number, Occurrence[]>(numbers.map((number) => [number, []]));
  let named = 0;
  let fields = 0;
  let at = 0;
  while (at < bytes.length) {
    fields += 1;
    if (fields > most.fields) throw malformed(`has more than ${most.fields} fields; send several requests`);
    const behind = endOfVarint(bytes, at, 5);
    const tag = varintAt(bytes, at, behind);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    const isPadded = behind - at > 1 && bytes[behind - 1] === 0;
    if (isPadded || number === 0 || number > 0x1fff_ffff)
      throw malformed('has a field without a proper number');
    const start = wire === 2 ? endOfVarint(bytes, behind, 5) : behind;
    at = endOf(bytes, wire, start, wire === 2 ? varintAt(bytes, behind, start) : 0);
    const list = found.get(number);
    if (list === undefined) continue;
    named += 1;
    if (named > most.named)
      throw malformed(`names more than ${most.named} things; send them in several requests`);
    list.push({ wire, bytes: bytes.subarray(start, at) });
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
  if (wire === 0) return endOfVarint(bytes, at, 10);
  const size = wire === 1 ? 8 : wire === 2 ? length : wire === 5 ? 4 : undefined;
  if (size === undefined) throw malformed(`has a field of wire type ${wire}, which cannot be judged`);
  if (at + size > bytes.length) throw malformed('ends within a field');
  return at + size;
}

/** Where a varint of at most so many bytes ends, which are 32 bits in five and 64 in ten. */
function endOfVarint(bytes: Buffer, start: number, longest: 5 | 10): number {
  for (let i = 0; i < longest; i += 1) {
    const byte = bytes[start + i];
    if (byte === undefined) throw malformed('ends within a field');
    if (byte >= 0x80) continue;
    if (i === 4 && longest === 5 && byte > 0x0f)
      throw malformed('has a length or a tag of more than 32 bits');
    if (i === 9 && byte > 1) throw malformed('has a number of more than 64 bits');
    return start + i + 1;
  }
  throw malformed('has a number that does not end');
}

/** The value of a varint of up to five bytes. */
function varintAt(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let i = end - 1; i >= start; i -= 1) value = value * 128 + ((bytes[i] ?? 0) & 0x7f);
  return value;
}

function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `the message ${what}`);
}
