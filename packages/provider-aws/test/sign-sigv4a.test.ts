import { createHash, createHmac } from 'node:crypto';
import { Secret } from '@pai/core';
import { SignatureV4a } from '@smithy/signature-v4a';
import { expect, test } from 'vitest';
import { createKeyring } from '../src/sign/signing-key.ts';
import { accessKeyId, now, secret, send, testSigner } from './signing.ts';
import { ecdsaPoint, verifyRequest } from './verifier.ts';

const mrap = 'm.accesspoint.s3-global.amazonaws.com';
const emptyHash = createHash('sha256').digest('hex');

function Sha256(key?: Uint8Array) {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(key));
  return {
    update: (data: Uint8Array | string) => void hash.update(data),
    digest: async () => new Uint8Array(hash.digest()),
    reset: () => {},
  };
}

test('a key has the public point of the vectors of aws-c-auth', () => {
  const point = ecdsaPoint('AKISORANDOMAASORANDOM', 'q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom');
  expect(point.x.toString('hex')).toBe('15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb');
  expect(point.y.toString('hex')).toBe('0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0');
});

test('the verifier accepts what @smithy/signature-v4a signs', async () => {
  const signer = new SignatureV4a({
    service: 's3',
    region: '*',
    credentials: { accessKeyId, secretAccessKey: secret },
    sha256: Sha256 as unknown as ConstructorParameters<typeof SignatureV4a>[0]['sha256'],
    uriEscapePath: false,
  });
  const given = {
    method: 'GET',
    protocol: 'https:',
    hostname: mrap,
    path: '/a%20b',
    query: { a: 'b c' },
    headers: { host: mrap },
  };
  const { headers } = await signer.sign(given, { signingDate: new Date(now) });
  const received = {
    method: 'GET',
    target: '/a%20b?a=b%20c',
    headers: Object.entries<string>(headers).flat(),
    body: Buffer.alloc(0),
  };
  expect(verifyRequest(received, { keys: { [accessKeyId]: { secret } }, now })).toMatchObject({
    region: '*',
    payload: emptyHash,
  });
});

test.each([
  ['GET', '/a%20b?a=b%20c&d', '', emptyHash],
  ['PUT', '/a//b/../c', 'content', 'UNSIGNED-PAYLOAD'],
])(
  'a %s of %s to a multi-region access point is signed for every region (trap W8)',
  async (method, target, body, payload) => {
    const { verify, request } = await send({ host: mrap, method, target, body });
    expect(verify()).toMatchObject({
      algorithm: 'AWS4-ECDSA-P256-SHA256',
      region: '*',
      service: 's3',
      payload,
    });
    expect(verify().signedHeaders).toContain('x-amz-region-set');
    expect(request.headers.at(-1)).toContain(`Credential=${accessKeyId}/20261122/s3/aws4_request, `);
  },
);

test('with the session token of its keys', async () => {
  const { verify } = await send({ host: mrap }, { signer: testSigner('the-token') });
  expect(verify({ keys: { [accessKeyId]: { secret, token: 'the-token' } } })).toBeDefined();
});

test('another key, or another content, is seen', async () => {
  const { verify } = await send({ host: mrap });
  expect(() => verify({ keys: { [accessKeyId]: { secret: 'other' } } })).toThrow('SignatureDoesNotMatch');
});

test('keys are kept for their secret, their day and their scope, and for no other', () => {
  const keyFor = createKeyring();
  const scope = { signingName: 's3', region: 'us-east-1', algorithm: 'sigv4' } as const;
  const credentials = { accessKeyId, secretAccessKey: new Secret('test/secret', secret) };
  const key = keyFor(credentials, scope, '20261122');
  expect(keyFor({ ...credentials }, { ...scope }, '20261122')).toBe(key);
  const others = [
    keyFor({ ...credentials, secretAccessKey: new Secret('test/secret', 'another') }, scope, '20261122'),
    keyFor({ ...credentials, accessKeyId: 'OTHER' }, { ...scope, algorithm: 'sigv4a' }, '20261122'),
    keyFor(credentials, { ...scope, algorithm: 'sigv4a' }, '20261122'),
    keyFor(credentials, { ...scope, region: 'us-east-2' }, '20261122'),
    keyFor(credentials, { ...scope, signingName: 'sqs' }, '20261122'),
    keyFor(credentials, scope, '20261123'),
  ];
  expect(new Set([key, ...others].map(({ sign }) => sign('text'))).size).toBe(7);
});
