import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createBody, Secret } from '@pai/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChunkSignatures } from '../src/sign/chunk-signatures.ts';
import { resignBody } from '../src/sign/chunked-body.ts';
import { createKeyring } from '../src/sign/signing-key.ts';
import { accessKeyId, s3, secret, send, streamed } from './signing.ts';

const mrap = 'm.accesspoint.s3-global.amazonaws.com';

interface Form {
  readonly isEcdsa?: boolean;
  readonly trailer?: Readonly<Record<string, string>>;
}

/** Content as an agent with placeholder keys frames it. */
function framed(chunks: readonly Buffer[], { isEcdsa = false, trailer }: Form): Buffer {
  const signature = () =>
    isEcdsa ? randomBytes(70).toString('hex').padEnd(144, '*') : randomBytes(32).toString('hex');
  const frames = [...chunks, Buffer.alloc(0)].flatMap((chunk) => [
    `${chunk.length.toString(16)};chunk-signature=${signature()}\r\n`,
    chunk,
    chunk.length > 0 ? '\r\n' : '',
  ]);
  const lines = Object.entries(trailer ?? {}).map(([name, value]) => `${name}:${value}\r\n`);
  if (trailer !== undefined) lines.push(`x-amz-trailer-signature:${signature()}\r\n`);
  return Buffer.concat([...frames, ...lines, '\r\n'].map((part) => Buffer.from(part)));
}

function headersOf(length: number, { isEcdsa = false, trailer }: Form): string[] {
  const kind = `STREAMING-AWS4-${isEcdsa ? 'ECDSA-P256' : 'HMAC'}-SHA256-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`;
  return [
    'content-encoding',
    'aws-chunked',
    'x-amz-content-sha256',
    kind,
    'x-amz-decoded-content-length',
    String(length),
    ...(trailer === undefined ? [] : ['x-amz-trailer', Object.keys(trailer).join(',')]),
  ];
}

function cut(content: Buffer, at: readonly number[]): Buffer[] {
  const marks = [...new Set(at.map((mark) => mark % (content.length + 1)))].sort((a, b) => a - b);
  return [...marks, content.length]
    .map((mark, i) => content.subarray(marks[i - 1] ?? 0, mark))
    .filter((piece) => piece.length > 0);
}

describe.each([
  ['HMAC', {}],
  [
    'HMAC and a trailer',
    { trailer: { 'x-amz-checksum-crc32c': 'sOO8/Q==', 'x-amz-meta-late': ' spaced value ' } },
  ],
  ['ECDSA', { isEcdsa: true }],
  ['ECDSA and a trailer', { isEcdsa: true, trailer: { 'X-Amz-Checksum-Sha256': 'abc=' } }],
] as readonly (readonly [string, Form])[])('content in chunks signed with %s', (_name, form) => {
  const host = form.isEcdsa ? mrap : s3;

  test('is signed anew, however it is cut, and keeps its framing (trap W5)', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.array(fc.nat(), { maxLength: 12 }), async (arrays, at) => {
        const data = arrays.map((array) => Buffer.from(array));
        const sent = framed(data, form);
        const content = Buffer.concat(data);
        const { verify, body, request } = await send({
          method: 'PUT',
          host,
          headers: headersOf(content.length, form),
          body: streamed(cut(sent, at), sent.length),
        });
        expect(verify().content.equals(content)).toBe(true);
        expect(request.body.length).toBe(body.length);
        const shape = (bytes: Buffer) => bytes.toString('latin1').replace(/(signature[=:])[0-9a-f*]+/g, '$1');
        expect(shape(body)).toBe(shape(sent));
      }),
      { numRuns: form.isEcdsa ? 15 : 60 },
    );
  });

  const good = framed([Buffer.from('hello'), Buffer.from('world')], form).toString('latin1');
  const faults: readonly { readonly what: string; readonly text: string; readonly length?: number }[] = [
    { what: 'is cut off in its data', text: good.slice(0, good.indexOf('world') + 2) },
    { what: 'is cut off before its last line', text: good.slice(0, -2) },
    { what: 'goes on after its end', text: `${good}x` },
    { what: 'has a chunk that is longer than it says', text: good.replace('hello', 'hello!') },
    { what: 'has a chunk that is shorter than it says', text: good.replace('hello', 'hell') },
    { what: 'has bare line feeds', text: good.replaceAll('\r\n', '\n') },
    { what: 'has a size that is no number', text: good.replace('5;', '0x5;') },
    { what: 'has a size with a sign', text: good.replace('5;', '+5;') },
    { what: 'has a size without an end', text: good.replace('5;', '5'.repeat(400)) },
    { what: 'has a second extension', text: good.replace('\r\n', ';a=b\r\n') },
    { what: 'has no signature', text: good.replace(/;chunk-signature=[^\r]*/, '') },
    { what: 'has a signature in upper case', text: good.replace(/=[0-9a-f]{8}/, '=ABCDEFAB') },
    { what: 'has a shorter signature', text: good.replace(/=[0-9a-f]/, '=') },
    { what: 'has more data than the head says', text: good, length: 9 },
    { what: 'has less data than the head says', text: good, length: 11 },
  ];
  test.each(faults)('fails, never to a whole object, when it $what', async ({ text, length = 10 }) => {
    const bytes = Buffer.from(text, 'latin1');
    const sent = send({
      method: 'PUT',
      host,
      headers: headersOf(length, form),
      body: streamed(cut(bytes, [40, 100, 200])),
    });
    await expect(sent).rejects.toMatchObject({ code: 'malformed_request' });
  });
});

describe('a trailer', () => {
  const form = { trailer: { 'x-amz-checksum-crc32': 'AAAAAA==' } };
  const good = framed([Buffer.from('hello')], form).toString('latin1');
  test.each([
    ['with a field that is not announced', good.replace('x-amz-checksum-crc32', 'x-amz-checksum-sha256')],
    ['with a field twice', good.replace(/x-amz-checksum.*\r\n/, '$&$&')],
    ['without its field', good.replace(/x-amz-checksum.*\r\n/, '')],
    ['without a signature', good.replace(/x-amz-trailer-signature.*\r\n/, '')],
    ['with a line that is no field', good.replace('crc32:', 'crc32')],
    ['with a folded line', good.replace('crc32:', 'crc32:\r\n ')],
    ['with a signature that is none', good.replace(/(trailer-signature:)./, '$1g')],
    ['that is long', good.replace('AAAAAA==', 'A'.repeat(20_000))],
    ['after its signature', good.replace(/\r\n$/, 'x-amz-checksum-crc32:x\r\n\r\n')],
  ])('%s is refused', async (_what, text) => {
    const sent = send({ method: 'PUT', headers: headersOf(5, form), body: streamed([Buffer.from(text)]) });
    await expect(sent).rejects.toMatchObject({ code: 'malformed_request' });
  });
});

describe('the head must say what comes:', () => {
  const body = framed([Buffer.from('hello')], {});
  const fault = (headers: readonly string[], host = s3) =>
    expect(send({ method: 'PUT', host, headers, body })).rejects.toMatchObject({ code: 'malformed_request' });
  const plain = headersOf(5, {});
  test('the length of the data', () => fault(plain.filter((_, i) => i < 4)));
  test('one length', () => fault([...plain, 'x-amz-decoded-content-length', '5']));
  test('a length that is a number', () => fault(headersOf(Number.NaN, {})));
  test('the fields of a trailer', () => fault(headersOf(5, { trailer: {} })));
  test('chunks signed as the host takes them', () => fault(plain, mrap));
  test('and for other hosts too', () => fault(headersOf(5, { isEcdsa: true })));
});

test('a chunk that nobody should hold is refused before its data', async () => {
  const head = `1000001;chunk-signature=${'0'.repeat(64)}\r\n`;
  const sent = send({
    method: 'PUT',
    headers: headersOf(0x1000001, {}),
    body: streamed([Buffer.from(head)]),
  });
  await expect(sent).rejects.toMatchObject({ code: 'body_too_large' });
});

test('a large object streams, and no more than a few chunks are held', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const count = 512;
  const last = framed([], {});
  const frame = framed([chunk], {}).subarray(0, -last.length);
  let given = 0;
  async function* agent() {
    for (; given < count; given += 1) yield frame;
    yield last;
  }
  const key = keyOf('20260101');
  const body = resignBody(
    createBody({ length: undefined, open: () => Readable.from(agent(), { objectMode: false }) }),
    { length: chunk.length * count, trailers: undefined },
    { text: '0'.repeat(64), key, date: '20260101T000000Z', next: () => expect.unreachable() },
  );
  let passed = 0;
  let ahead = 0;
  for await (const bytes of body.stream()) {
    passed += bytes.length;
    ahead = Math.max(ahead, given * frame.length - passed);
  }
  expect(passed).toBe(frame.length * count + last.length);
  expect(ahead).toBeLessThan(8 * frame.length);
});

function keyOf(day: string) {
  const secretAccessKey = new Secret('test/secret', secret);
  const scope = { signingName: 's3', region: 'us-east-1', algorithm: 'sigv4' } as const;
  return createKeyring()({ accessKeyId, secretAccessKey }, scope, day);
}

test('the chunks and the trailer of AWS’s own example have its signatures', () => {
  const key = keyOf('20130524');
  const seeded = (text: string) => createChunkSignatures({ text, key, date: '20130524T000000Z' });
  const hashes = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1_024, 'a'), Buffer.alloc(0)].map((data) =>
    createHash('sha256').update(data).digest('hex'),
  );
  const plain = seeded('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
  expect(hashes.map(plain.chunk)).toEqual([
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ]);
  const trailing = seeded('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e');
  expect(hashes.map(trailing.chunk)).toEqual([
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ]);
  expect(trailing.trailer(new Map([['x-amz-checksum-crc32c', 'sOO8/Q==']]))).toBe(
    'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
  );
});
