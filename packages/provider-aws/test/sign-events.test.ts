import { createHash, createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessKeyId, now, requestOf, s3, secret, send, streamed, testSigner } from './signing.ts';

const dynamodb = 'dynamodb.us-east-1.amazonaws.com';
const headers = [
  'x-amz-content-sha256',
  'STREAMING-AWS4-HMAC-SHA256-EVENTS',
  'content-type',
  'application/vnd.amazon.eventstream',
];

/** A message as an agent with placeholder keys makes it, whose clock is an hour late. */
function message(payload: Buffer, change: { isDateLast?: boolean; headers?: Buffer } = {}): Buffer {
  const date = Buffer.concat([Buffer.from('\x05:date\x08'), Buffer.alloc(8)]);
  date.writeBigInt64BE(BigInt(now - 3_600_000), 7);
  const signature = Buffer.concat([Buffer.from('\x10:chunk-signature\x06\0\x20'), randomBytes(32)]);
  const fields = change.headers ?? Buffer.concat(change.isDateLast ? [signature, date] : [date, signature]);
  const bytes = Buffer.alloc(12 + fields.length + payload.length + 4);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(fields.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  fields.copy(bytes, 12);
  payload.copy(bytes, 12 + fields.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

function cut(content: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(content.length / size) }, (_, i) =>
    content.subarray(i * size, (i + 1) * size),
  );
}

const post = { method: 'POST', host: dynamodb, headers };

test('the messages of an event stream are signed anew, however they are cut', async () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      payloads,
      fc.boolean(),
      fc.integer({ min: 1, max: 300 }),
      async (arrays, isDateLast, size) => {
        const messages = [...arrays.map((array) => Buffer.from(array)), Buffer.alloc(0)];
        const content = Buffer.concat(messages.map((payload) => message(payload, { isDateLast })));
        const sent = await send({ ...post, body: streamed(cut(content, size)) });
        expect(sent.verify().content.equals(Buffer.concat(messages))).toBe(true);
        expect(sent.body.length).toBe(content.length);
      },
    ),
    { numRuns: 40 },
  );
});

function Sha256(key?: Uint8Array) {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(key));
  return {
    update: (data: Uint8Array | string) => void hash.update(data),
    digest: async () => new Uint8Array(hash.digest()),
    reset: () => {},
  };
}

test('@smithy/signature-v4 comes to the same signatures', async () => {
  const payloads = [Buffer.from('one'), Buffer.from('two'), Buffer.alloc(0)];
  const content = Buffer.concat(payloads.map((payload) => message(payload)));
  const { body, request } = await send({ ...post, body: streamed([content]) });
  const signer = new SignatureV4({
    service: 'dynamodb',
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secret },
    sha256: Sha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'],
  });
  let priorSignature = /Signature=(\S+)/.exec(request.headers.at(-1) ?? '')?.[1] ?? '';
  let at = 0;
  for (const payload of payloads) {
    const options = { priorSignature, signingDate: new Date(now) };
    priorSignature = await signer.sign({ headers: body.subarray(at + 12, at + 27), payload }, options);
    expect(body.subarray(at + 47, at + 79).toString('hex')).toBe(priorSignature);
    at += 83 + payload.length;
  }
});

test('a stream that goes on past midnight is signed with the key of the day', async () => {
  let clock = Date.parse('2026-11-22T23:59:59Z');
  const signer = testSigner(undefined, () => clock);
  const request = requestOf(post);
  const scope = { signingName: 'dynamodb', region: 'us-east-1', algorithm: 'sigv4' } as const;
  const signature = await signer.sign(request, scope, 'STREAMING-AWS4-HMAC-SHA256-EVENTS');
  expect(signature.next()).toMatchObject({ date: '20261122T235959Z', key: signature.key });
  clock += 1_000;
  expect(signature.next()).toMatchObject({
    time: clock,
    key: { scope: '20261123/us-east-1/dynamodb/aws4_request' },
  });
});

describe('fails for', () => {
  const good = message(Buffer.from('hello'));
  const changed = (at: number) => Buffer.from(good).fill(good.readUInt8(at) ^ 1, at, at + 1);
  const twice = Buffer.concat([good.subarray(12, 12 + 15), good.subarray(12, 12 + 15), Buffer.alloc(37)]);
  test.each([
    ['an end within a prelude', good.subarray(0, 11)],
    ['an end within a message', good.subarray(0, -1)],
    ['a wrong checksum of a prelude', changed(9)],
    ['a wrong checksum of a message', changed(good.length - 1)],
    ['a changed payload', changed(good.length - 6)],
    ['a message without headers', message(Buffer.from('hello'), { headers: Buffer.alloc(0) })],
    ['headers of the same length', message(Buffer.from('hello'), { headers: twice })],
    [
      'more headers',
      message(Buffer.from('hello'), {
        headers: Buffer.concat([good.subarray(12, 79), Buffer.from('\x01a\0')]),
      }),
    ],
  ])('%s', async (_what, body) => {
    const sent = send({ ...post, body: streamed([body]) });
    await expect(sent).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('a message that nobody should hold, before it has come', async () => {
    const head = Buffer.from(good.subarray(0, 12));
    head.writeUInt32BE(16 * 1024 * 1024 + 1, 0);
    head.writeUInt32BE(crc32(head.subarray(0, 8)), 8);
    await expect(send({ ...post, body: streamed([head]) })).rejects.toThrow('larger than 16 MiB');
  });

  test('a host that is signed for with SigV4A', async () => {
    const sent = send({ ...post, host: 'm.accesspoint.s3-global.amazonaws.com' });
    await expect(sent).rejects.toMatchObject({ code: 'malformed_request' });
  });
});

test('S3 takes it as every other service', async () => {
  const sent = await send({ ...post, host: s3, body: streamed([message(Buffer.from('x'))]) });
  expect(sent.verify().content.toString()).toBe('x');
});
