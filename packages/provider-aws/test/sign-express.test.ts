import { getHeader, Secret } from '@pai/core';
import { expect, onTestFinished, test } from 'vitest';
import { createSessionSource } from '../src/sign/express-session.ts';
import { accessKeyId, endpointOf, now, secret, send, testSigner } from './signing.ts';
import { verifyRequest } from './verifier.ts';

const host = (bucket = 'b--use1-az4--x-s3') => `${bucket}.s3express-use1-az4.us-east-1.amazonaws.com`;
const sessionKeys = {
  SESSION: { secret: 'session-secret+/=', token: 'session/token+==', isExpressSession: true },
};

/** S3, as far as sessions go: it verifies what asks for one. */
function createExpress(change: { status?: number; content?: string; mostBuckets?: number } = {}) {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const asked: string[] = [];
  const derived: string[] = [];
  const clock = { now };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    asked.push(url.host);
    verifyRequest(
      {
        method: request.method,
        target: url.pathname + url.search,
        headers: ['host', url.host, ...[...request.headers].flat()],
        body: Buffer.alloc(0),
      },
      { keys: { [accessKeyId]: { secret } }, now: clock.now },
    );
    const end = new Date(clock.now + 300_000).toISOString();
    const content =
      change.content ??
      `<?xml version="1.0"?><CreateSessionResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Credentials><SessionToken>session/token+==</SessionToken><SecretAccessKey>session-secret+/=</SecretAccessKey><AccessKeyId>SESSION</AccessKeyId><Expiration>${end}</Expiration></Credentials></CreateSessionResult>`;
    return new Response(content, { status: change.status ?? 200 });
  };
  const signer = testSigner(undefined, () => clock.now);
  const derive = (name: string, value: string) => {
    derived.push(value);
    return new Secret(name, value);
  };
  const { mostBuckets = 100 } = change;
  const sessions = createSessionSource({ fetch, signer, derive, signal: controller.signal, mostBuckets });
  return { asked, derived, clock, options: { signer, sessions } };
}

test('a request for a bucket is signed by its session, whose keys are concealed', async () => {
  const { options, asked, derived } = createExpress();
  const requests = await Promise.all([
    send({ host: host() }, options),
    send({ host: host(), method: 'PUT', target: '/a%20b', body: 'x' }, options),
  ]);
  for (const { verify, request } of requests) {
    expect(verify({ keys: sessionKeys })).toMatchObject({ service: 's3express', accessKeyId: 'SESSION' });
    expect(getHeader(request.headers, 'x-amz-security-token')).toBeUndefined();
  }
  expect(asked).toEqual([host()]);
  expect(derived.sort()).toEqual(['session-secret+/=', 'session/token+==']);
});

test('a session is had anew before it ends, and one for each bucket', async () => {
  const { options, asked, clock } = createExpress();
  await send({ host: host() }, options);
  await send({ host: host('b--x--x-s3') }, options);
  expect(asked).toHaveLength(2);
  clock.now += 301_000;
  await send({ host: host() }, options);
  expect(asked).toHaveLength(3);
});

test('sessions of many buckets are not all kept', async () => {
  const { options, asked } = createExpress({ mostBuckets: 2 });
  for (const bucket of ['b--1--x-s3', 'b--2--x-s3', 'b--1--x-s3', 'b--3--x-s3', 'b--1--x-s3'])
    await send({ host: host(bucket) }, options);
  expect(asked).toHaveLength(3);
  await send({ host: host('b--2--x-s3') }, options);
  expect(asked).toHaveLength(4);
});

test.each([
  ['CreateSession itself', host(), '/?session'],
  ['what manages buckets', 's3express-control.us-east-1.amazonaws.com', '/b--use1-az4--x-s3'],
  ['other buckets', 'bucket.s3.us-east-1.amazonaws.com', '/key'],
])('%s is signed with the credentials', async (_what, to, target) => {
  const { options, asked } = createExpress();
  const { verify } = await send({ host: to, target }, options);
  expect(verify().accessKeyId).toBe(accessKeyId);
  expect(asked).toEqual([]);
});

test.each([
  [
    'a refusal',
    { status: 403, content: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' },
    '403 AccessDenied',
  ],
  ['an answer that is no session', { content: '<html/>' }, 'without credentials'],
  ['a failure that says nothing', { status: 500, content: '<Code>a b</Code>' }, '500 without a code'],
])('%s is told, and nothing is signed', async (_what, change, message) => {
  const { options } = createExpress(change);
  const sent = send({ host: host() }, options);
  await expect(sent).rejects.toMatchObject({ code: 'credential_unavailable' });
  await expect(sent).rejects.toThrow(message);
});

test('the endpoint of a bucket is one with its name', () => {
  expect(endpointOf(host())?.labels).toHaveLength(1);
});

test('S3 says what time it is where a session is asked for, too', async () => {
  const there = now + 3_600_000;
  const dates: (string | null)[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const date = new Request(input, init).headers.get('x-amz-date');
    dates.push(date);
    const isLate = date !== '20261122T090000Z';
    const content = `<AccessKeyId>SESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(there + 300_000).toISOString()}</Expiration>`;
    const headers = { date: new Date(there).toUTCString() };
    return isLate
      ? new Response('<Code>RequestTimeTooSkewed</Code>', { status: 403, headers })
      : new Response(content, { headers });
  };
  const signer = testSigner();
  const derive = (name: string, value: string) => new Secret(name, value);
  const sessions = createSessionSource({ fetch, signer, derive, signal: new AbortController().signal });
  const { request } = await send({ host: host() }, { signer, sessions });
  expect(getHeader(request.headers, 'authorization')).toContain('Credential=SESSION/');
  expect(dates).toEqual(['20261122T080000Z', '20261122T090000Z']);
});
