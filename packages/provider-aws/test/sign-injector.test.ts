import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Body, bodyOf, createBody, getHeader, getHeaders } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { readEndpoint } from '../src/hosts.ts';
import { createAwsInjector } from '../src/sign/injector.ts';
import { endpointOf, requestOf, s3, secret, send, streamed, testSigner } from './signing.ts';

const dynamodb = 'dynamodb.us-east-1.amazonaws.com';
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('every form in which an agent sends content is signed so that the bytes that arrive prove it:', () => {
  const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  test.each([
    ['a GET of S3', {}, emptyHash],
    ['a PUT without a hash', { method: 'PUT', body: 'hello' }, 'UNSIGNED-PAYLOAD'],
    ['its hash', { method: 'PUT', body: 'hello', headers: ['X-Amz-Content-Sha256', hash] }, hash],
    [
      'UNSIGNED-PAYLOAD',
      { method: 'PUT', body: 'hello', headers: ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'] },
      'UNSIGNED-PAYLOAD',
    ],
    ['a service that gets no hash', { method: 'POST', host: dynamodb, body: 'hello' }, hash],
    [
      'a service that gets one',
      { method: 'POST', host: dynamodb, body: 'hello', headers: ['x-amz-content-sha256', hash] },
      hash,
    ],
    ['no content', { method: 'POST', host: dynamodb }, emptyHash],
  ] as const)('%s', async (_what, sent, payload) => {
    expect((await send(sent)).verify()).toMatchObject({ payload, isPresigned: false });
  });
});

test('a hash that is not of the content is signed as it is said, and the service sees that', async () => {
  const sent = await send({ method: 'PUT', body: 'hello', headers: ['x-amz-content-sha256', emptyHash] });
  expect(sent.verify).toThrow('XAmzContentSHA256Mismatch');
});

test.each([
  ['twice', ['x-amz-content-sha256', emptyHash, 'X-Amz-Content-Sha256', emptyHash]],
  ['in upper case', ['x-amz-content-sha256', emptyHash.toUpperCase()]],
  ['as something else', ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA512-PAYLOAD']],
])('a content hash %s is refused', async (_what, headers) => {
  await expect(send({ headers })).rejects.toMatchObject({ code: 'malformed_request' });
});

test('what the agent signed with is gone, in every spelling (trap W9)', async () => {
  const { request, verify } = await send({
    headers: [
      'Authorization',
      'AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20260101/eu-west-1/sqs/aws4_request',
      'authorization',
      'AWS PLACEHOLDER:x',
      'X-Amz-Date',
      '20200101T000000Z',
      'x-amz-date',
      '20300101T000000Z',
      'Date',
      'Wed, 01 Jan 2020 00:00:00 GMT',
      'X-Amz-Security-Token',
      'placeholder',
      'X_Amz_Security_Token',
      'placeholder',
      'x-amz-s3session-token',
      'placeholder',
      'X-Amz-Region-Set',
      '*',
      'x-amz-meta-kept',
      'yes',
    ],
  });
  verify();
  expect(getHeaders(request.headers, 'authorization')).toHaveLength(1);
  expect(getHeaders(request.headers, 'x-amz-date')).toEqual(['20261122T080000Z']);
  expect(request.headers.join()).not.toMatch(/placeholder|region-set|2020/i);
  expect(request.headers.slice(0, 2)).toEqual(['x-amz-meta-kept', 'yes']);
  expect(request.headers.at(-2)).toBe('authorization');
});

test('the scope is of the host, whatever the agent signed for (trap W16)', async () => {
  const { verify } = await send({
    host: dynamodb,
    headers: ['authorization', 'AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/s3/aws4_request'],
  });
  expect(verify()).toMatchObject({ service: 'dynamodb', region: 'us-east-1' });
});

test.each([
  ['maps', '/v2/tiles/x/1/2/3', 'geo-maps'],
  ['maps', '/maps/v0/maps/m/tiles/1/2/3', 'geo'],
  ['places', '/places/v0/indexes/i/search/text?key=/v2/', 'geo'],
  ['routes', '/v2/routes?x=/routes/v0/', 'geo-routes'],
])('the scope of %s.geo%s is that of %s', async (name, target, service) => {
  const host = `${name}.geo.eu-west-1.amazonaws.com`;
  const { verify } = await send({ host, target }, { endpointOf: readEndpoint });
  const scope = { service, region: 'eu-west-1' };
  expect(verify({ scopeOf: () => scope })).toMatchObject(scope);
});

test('a session token goes with its keys', async () => {
  const { verify } = await send({}, { signer: testSigner('the-token') });
  expect(verify({ keys: { AKIAIOSFODNN7EXAMPLE: { secret, token: 'the-token' } } })).toBeDefined();
  expect(verify).toThrow('InvalidToken');
});

test.each([
  'ec2-1-2-3-4.compute-1.amazonaws.com',
  'x.elb.amazonaws.com',
  's3.amazonaws.com.evil.example',
  'bucket.example.org',
])('nothing is signed for %s', async (host) => {
  await expect(send({ host: host.replace('s3.', 's4.') })).rejects.toMatchObject({
    code: 'destination_forbidden',
  });
});

test('what cannot be signed for a reason is refused with that reason', async () => {
  const endpointOf = () => {
    throw Object.assign(new Error('the region eu-west-1 is not in config.region'));
  };
  await expect(send({}, { endpointOf })).rejects.toThrow('config.region');
});

describe('a presigned URL whose authentication is stripped (trap W7)', () => {
  test('has its headers back where they were', async () => {
    const target =
      '/key?versionId=3&X-Amz-Acl=public-read&x-id=PutObject&x-amz-meta-a=a%20b%2Bc%C3%BC&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&partNumber=%31';
    const { request, verify } = await send({ method: 'PUT', target, body: 'x' });
    expect(request.target).toBe('/key?versionId=3&x-id=PutObject&partNumber=%31');
    expect(getHeader(request.headers, 'x-amz-acl')).toBe('public-read');
    expect(getHeader(request.headers, 'x-amz-meta-a')).toBe('a b+c\xc3\xbc');
    expect(verify()).toMatchObject({ payload: 'UNSIGNED-PAYLOAD' });
    expect(verify().signedHeaders).toContain('x-amz-acl');
  });

  test('has no token of its own', async () => {
    const { request } = await send({
      target: '/key?X-Amz-S3session-Token=placeholder&X-Amz-Region-Set=*&Expires=1',
    });
    expect(request.target).toBe('/key');
    expect(request.headers.join()).not.toMatch(/placeholder|region-set/);
  });

  test.each([
    ['that a header contradicts', '/k?x-amz-acl=private', ['x-amz-acl', 'public-read']],
    ['twice with two values', '/k?x-amz-acl=private&X-AMZ-ACL=public-read', []],
    ['with a line break', '/k?x-amz-meta-a=a%0d%0ax-amz-acl:public-read', []],
    ['with a name that is none', '/k?x-amz-meta-%0d%0aa=1', []],
    ['with a + that could be a space', '/k?x-amz-copy-source=/b/a+b', []],
    ['of bytes that are no text', '/k?x-amz-meta-a=%ff', []],
  ])('is refused with a parameter %s', async (_what, target, headers) => {
    await expect(send({ target, headers })).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('of another service keeps its query, for no header there is the agent’s to choose', async () => {
    const target = '/?X-Amz-Target=DynamoDB_20120810.DeleteTable&Expires=1';
    const { request, verify } = await send({ method: 'POST', host: dynamodb, target });
    expect(request.target).toBe(target);
    expect(getHeader(request.headers, 'x-amz-target')).toBeUndefined();
    verify();
  });
});

test('content that must be hashed is read once, and goes elsewhere when it is much', async () => {
  const content = randomBytes(3_000_000);
  const pieces = [content.subarray(0, 7), content.subarray(7, 2_000_000), content.subarray(2_000_000)];
  let spooled = 0;
  const spool = async (body: Body, onChunk: (chunk: Buffer) => void) => {
    const read: Buffer[] = [];
    for await (const chunk of body.stream()) {
      onChunk(chunk);
      read.push(chunk);
    }
    spooled += 1;
    return bodyOf(Buffer.concat(read));
  };
  const sent = { method: 'POST', host: dynamodb };
  for (const body of [streamed(pieces), streamed(pieces, content.length)]) {
    const { verify, body: arrived } = await send({ ...sent, body }, { spool });
    expect(verify().payload).toMatch(/^[0-9a-f]{64}$/);
    expect(arrived.equals(content)).toBe(true);
  }
  expect(spooled).toBe(2);
  await send({ ...sent, body: streamed(pieces.slice(0, 1), 7) }, { spool });
  expect(spooled).toBe(2);
});

test('without such a place, much content is refused', async () => {
  const body = streamed([Buffer.alloc(17 * 1024 * 1024)]);
  await expect(send({ method: 'POST', host: dynamodb, body })).rejects.toMatchObject({
    code: 'body_too_large',
  });
});

test('content in an unsigned trailer form, and checksums, pass as they are (traps W5, W20)', async () => {
  const body = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';
  const headers = [
    'content-encoding',
    'aws-chunked',
    'x-amz-content-sha256',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length',
    '5',
    'x-amz-trailer',
    'x-amz-checksum-crc32',
    'content-md5',
    'XUFAKrxLKna5cZ2REBfFkg==',
  ];
  const sent = await send({ method: 'PUT', host: s3, headers, body: streamed([Buffer.from(body)]) });
  expect(sent.body.toString()).toBe(body);
  expect(sent.verify().content.toString()).toBe('hello');
  expect(sent.request.headers.slice(0, headers.length)).toEqual(headers);
});

test('content that is not signed streams (trap W6)', async () => {
  const count = 1_024;
  let given = 0;
  async function* agent() {
    for (; given < count; given += 1) yield Buffer.alloc(16 * 1024, 'x');
  }
  const body = createBody({
    length: count * 16 * 1024,
    open: () => Readable.from(agent(), { objectMode: false }),
  });
  const request = requestOf({ method: 'PUT', body, headers: ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'] });
  await createAwsInjector({ signer: testSigner(), endpointOf })(request);
  expect(given).toBe(0);
  expect(request.body).toBe(body);
});

test('content that was hashed can be sent once more, when the first time was refused for its time', async () => {
  const spool = async () => expect.unreachable();
  const body = streamed([Buffer.from('hel'), Buffer.from('lo')]);
  const first = requestOf({ method: 'POST', host: dynamodb, body });
  const inject = createAwsInjector({ signer: testSigner(), endpointOf, spool });
  await inject(first);
  expect(first.body.isHeld()).toBe(true);
  const again = await send({ method: 'POST', host: dynamodb, body: first.body });
  expect(again.body.toString()).toBe('hello');
  again.verify();
});
