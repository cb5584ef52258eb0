import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCbor } from '../src/protocol/cbor.ts';

const read = (hex: string) => readCbor(Buffer.from(hex, 'hex'));

/** Examples of RFC 8949, appendix A, as far as JSON has a shape for them. */
test.each<[hex: string, value: unknown]>([
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 18446744073709551615n],
  ['3bffffffffffffffff', -18446744073709551616n],
  ['20', -1],
  ['3903e7', -1000],
  ['3b001fffffffffffff', -9007199254740992n],
  ['f90000', 0],
  ['f93c00', 1],
  ['f93e00', 1.5],
  ['f97bff', 65504],
  ['f90001', 2 ** -24],
  ['f9c400', -4],
  ['f97c00', Number.POSITIVE_INFINITY],
  ['f97e00', Number.NaN],
  ['fa47c35000', 100_000],
  ['fb3ff199999999999a', 1.1],
  ['fbc010666666666666', -4.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', undefined],
  ['c11a514b67b0', 1363896240],
  ['c249010000000000000000', Buffer.from('010000000000000000', 'hex')],
  ['4401020304', Buffer.from([1, 2, 3, 4])],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62c3bc', 'ü'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5])],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
])('reads %s', (hex, value) => {
  expect(normal(read(hex))).toEqual(normal(value));
});

test.each<[what: string, hex: string, why: RegExp]>([
  ['nothing', '', /ends too early/],
  ['bytes behind its end', '0000', /something after its end/],
  ['a string longer than the content', '7a7fffffff61', /ends too early/],
  ['an array longer than the content', '9affffffff00', /ends too early/],
  ['a map longer than the content', 'bb00000000ffffffff', /ends too early/],
  ['an array that never ends', '9f01', /ends too early/],
  ['a break of nothing', 'ff', /neither true/],
  ['a map that ends behind a key', 'bf6161ff', /neither true/],
  ['a key twice', 'a2616101616102', /repeats the key "a"/],
  ['a key twice, in chunks', 'bf616101' + '7f6161ff' + '02ff', /repeats the key "a"/],
  ['__proto__ twice', `a2695f5f70726f746f5f5f01695f5f70726f746f5f5f02`, /repeats the key "__proto__"/],
  ['a number for a key', 'a10102', /key that is no text/],
  ['bytes for a key', 'a1416102', /key that is no text/],
  ['text that is not UTF-8', '61ff', /not UTF-8/],
  ['text cut within a character', '7f61c361bcff', /not UTF-8/],
  ['bytes in chunks of text', '5f6161ff', /chunks of another kind/],
  ['chunks in chunks', '7f7f6161ffff', /chunks of another kind/],
  ['a tag that Smithy does not use', 'd82000', /the tag 32/],
  ['a simple value', 'f820', /neither true/],
  ['a reserved length', '1c', /length that is reserved/],
  ['101 levels', `${'81'.repeat(101)}00`, /over 100 levels/],
  ['a hundred thousand levels', '9f'.repeat(100_000), /over 100 levels/],
])('refuses %s', (_what, hex, why) => {
  expect(() => read(hex)).toThrow(why);
});

test('gives a map no prototype, so that no member is there that was not sent', () => {
  const value = read('a0') as object;
  expect(Object.getPrototypeOf(value)).toBeNull();
  expect('constructor' in value).toBe(false);
});

test('reads back whatever a plain encoder writes, with lengths of every kind', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'binary' }),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('node'), { maxKeys: 4, noNullPrototype: false }),
    ),
  })).node;
  fc.assert(
    fc.property(value, fc.boolean(), (sent, isIndefinite) => {
      expect(normal(readCbor(encode(sent, isIndefinite)))).toEqual(normal(sent));
    }),
    { numRuns: 150 },
  );
});

test('W12: gives a value or a refusal for any bytes, and never another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        readCbor(bytes);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'malformed_request' });
      }
    }),
    { numRuns: 1_000 },
  );
});

/** For comparison: plain objects, and -0 as 0. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, member]) => [key, normal(member)])
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
  }
  return Object.is(value, -0) ? 0 : value;
}

function encode(value: unknown, isIndefinite: boolean): Buffer {
  const head = (kind: number, size: number) => {
    const bytes = Buffer.alloc(5);
    bytes[0] = (kind << 5) | 26;
    bytes.writeUInt32BE(size, 1);
    return size < 24 ? Buffer.from([(kind << 5) | size]) : bytes;
  };
  const many = (kind: number, size: number, items: Buffer[]) =>
    isIndefinite
      ? Buffer.concat([Buffer.from([(kind << 5) | 31]), ...items, Buffer.from([0xff])])
      : Buffer.concat([head(kind, size), ...items]);
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    return value < 0 ? head(1, -1 - value) : head(0, value);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, 0xfb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4]);
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return isIndefinite
      ? many(3, 1, [Buffer.concat([head(3, text.length), text])])
      : Buffer.concat([head(3, text.length), text]);
  }
  if (Array.isArray(value)) {
    return many(
      4,
      value.length,
      value.map((item) => encode(item, isIndefinite)),
    );
  }
  const members = Object.entries(value as object);
  return many(
    5,
    members.length,
    members.map(([key, member]) => Buffer.concat([encode(key, isIndefinite), encode(member, isIndefinite)])),
  );
}
