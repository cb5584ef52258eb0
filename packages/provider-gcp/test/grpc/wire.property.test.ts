import { isPaiError } from '@pai/core';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { readMessage } from '../../src/grpc/wire.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Outer { string name = 1; repeated string names = 2; Inner inner = 3; bool flag = 4; repeated Inner inners = 5; int64 count = 6; fixed32 a = 7; fixed64 b = 8; }
  message Inner { string name = 1; bytes content = 2; }
  message Known { string name = 1; repeated string names = 2; KnownInner inner = 3; bool flag = 4; repeated KnownInner inners = 5; }
  message KnownInner { string name = 1; }
`);
const Outer = root.lookupType('Outer');
/** Without the fields that nobody asks for: protobufjs reads those it knows by their own type, whatever the wire says. */
const Known = root.lookupType('Known');

const inner = fc.record({
  name: fc.string({ unit: 'grapheme' }),
  content: fc.uint8Array({ maxLength: 200 }),
});
const outer = fc.record({
  name: fc.string({ unit: 'grapheme' }),
  names: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
  inner,
  flag: fc.boolean(),
  inners: fc.array(inner, { maxLength: 4 }),
  count: fc.maxSafeInteger(),
  a: fc.nat(),
  b: fc.nat(),
});

/** What both readers say of the same bytes; undefined for what ours refuses. */
function read(bytes: Buffer) {
  try {
    const message = readMessage(bytes, 1, 2, 3, 4, 5);
    return {
      name: message.text(1),
      names: message.texts(2),
      inner: readMessage(message.inner(3) ?? Buffer.alloc(0), 1).text(1),
      flag: message.isTrue(4),
      inners: message.inners(5).map((one) => readMessage(one, 1).text(1)),
    };
  } catch (thrown) {
    if (isPaiError(thrown)) return undefined;
    throw thrown;
  }
}

interface Decoded {
  readonly name: string;
  readonly names: readonly string[];
  readonly inner: { readonly name: string } | null;
  readonly flag: boolean;
  readonly inners: readonly { readonly name: string }[];
}

function expected(bytes: Buffer) {
  const { name, names, inner, flag, inners } = Known.decode(bytes) as unknown as Decoded;
  return { name, names: [...names], inner: inner?.name ?? '', flag, inners: inners.map((one) => one.name) };
}

test('reads every message that protobufjs writes as protobufjs reads it', () => {
  fc.assert(
    fc.property(outer, (value) => {
      const bytes = Buffer.from(Outer.encode(Outer.fromObject(value)).finish());
      expect(read(bytes)).toEqual(expected(bytes));
    }),
    { numRuns: 300 },
  );
});

test('refuses what is changed, or reads it as protobufjs does', () => {
  const change = fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }), cut: fc.constantFrom(0, 0, 0, 1) });
  let readings = 0;
  fc.assert(
    fc.property(outer, fc.array(change, { minLength: 1, maxLength: 2 }), (value, changes) => {
      let bytes = Buffer.from(Outer.encode(Outer.fromObject(value)).finish());
      for (const { at, value: byte, cut } of changes) {
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        bytes = bytes.subarray(0, Math.max(0, bytes.length - cut));
      }
      const found = read(bytes);
      if (found === undefined) return;
      readings += 1;
      expect(found).toEqual(expected(bytes));
    }),
    { numRuns: 1_500 },
  );
  expect(readings).toBeGreaterThan(50);
});

test('reads or refuses any bytes, quickly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const found = read(Buffer.from(bytes));
      if (found !== undefined) expect(found).toEqual(expected(Buffer.from(bytes)));
    }),
    { numRuns: 1_000 },
  );
});

test('bounds what is kept of a message of very many parts', () => {
  const many = Buffer.alloc(2 * 50_000);
  for (let i = 0; i < many.length; i += 2) many[i] = 0x12;
  expect(() => readMessage(many, 2)).toThrow(/more than/);
  expect(readMessage(many, 1).text(1)).toBe('');
});

test('refuses a message of very many fields, which would take long to read', () => {
  const many = Buffer.alloc(16 * 1_024 * 1_024, Buffer.from([0x78, 1]));
  expect(() => readMessage(many, 1)).toThrow(/more than 200000 fields/);
});
