import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ReceivedRequest, scopeOfHost, type VerifierOptions, verifyRequest } from './verifier.ts';

/** The judge of the other tests, judged by AWS's vectors. */
const names = readdirSync(new URL('vectors/aws-c-auth-v4/', import.meta.url));

function load(
  name: string,
  part: 'header' | 'query',
): { request: ReceivedRequest; options: VerifierOptions } {
  const read = (file: string) =>
    readFileSync(new URL(`vectors/aws-c-auth-v4/${name}/${file}`, import.meta.url), 'latin1');
  const { credentials, timestamp, normalize, service, region } = JSON.parse(read('context.json'));
  const [head = '', body = ''] = read(`${part}-signed-request.txt`).split(/\n\n(.*)/s);
  const [first = '', ...lines] = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(first) ?? [];
  const headers = lines.filter(Boolean).flatMap((line) => {
    const mark = line.indexOf(':');
    return [line.slice(0, mark), line.slice(mark + 1)];
  });
  const key = { secret: credentials.secret_access_key, token: credentials.token };
  return {
    request: { method, target, headers, body: Buffer.from(body.trimEnd(), 'latin1') },
    options: {
      keys: { [credentials.access_key_id]: key },
      now: Date.parse(timestamp),
      scopeOf: () => ({ service, region }),
      hasRawPaths: () => !normalize,
    },
  };
}

/** The one vector whose session token stands outside of the signature. */
const unsigned = 'post-sts-header-after';
const signed = names.filter((name) => name !== unsigned);

test.each(signed)('accepts the header signature of %s', (name) => {
  const { request, options } = load(name, 'header');
  expect(verifyRequest(request, options)).toMatchObject({ isPresigned: false, service: 'service' });
});

test.each(signed)('accepts the presigned URL of %s', (name) => {
  const { request, options } = load(name, 'query');
  expect(verifyRequest(request, options)).toMatchObject({ isPresigned: true, region: 'us-east-1' });
});

test('refuses a session token that is not signed', () => {
  const { request, options } = load(unsigned, 'header');
  expect(() => verifyRequest(request, options)).toThrow('x-amz-security-token is not signed');
});

describe('refuses a request of which one thing is changed:', () => {
  const { request, options } = load('get-vanilla-query', 'header');
  const withHeader = (name: string, value: string) => ({
    ...request,
    headers: request.headers.map((text, i) =>
      request.headers[i - 1]?.toLowerCase() === name ? value : text,
    ),
  });
  const authorization = request.headers.at(-1) ?? '';
  const changed: readonly (readonly [string, ReceivedRequest, Partial<VerifierOptions>])[] = [
    ['the method', { ...request, method: 'POST' }, {}],
    ['the path', { ...request, target: `/x${request.target}` }, {}],
    ['the query', { ...request, target: `${request.target}&x` }, {}],
    ['the host', withHeader('host', 'other.amazonaws.com'), {}],
    ['the content', { ...request, body: Buffer.from('x') }, {}],
    ['the date', withHeader('x-amz-date', '20150830T123601Z'), {}],
    ['the signature', withHeader('authorization', authorization.replace(/.$/, 'f').replace(/ff$/, 'f0')), {}],
    ['the key', request, { keys: { AKIDEXAMPLE: { secret: 'other' } } }],
    ['the key id', request, { keys: {} }],
    ['a session token that is missing', request, { keys: { AKIDEXAMPLE: { secret: 'x', token: 'y' } } }],
    ['the service', request, { scopeOf: () => ({ service: 'other', region: 'us-east-1' }) }],
    ['the region', request, { scopeOf: () => ({ service: 'service', region: 'eu-west-1' }) }],
    ['the time', request, { now: options.now + 901_000 }],
    ['a second Authorization', { ...request, headers: [...request.headers, 'authorization', 'x'] }, {}],
    ['an unsigned x-amz- field', { ...request, headers: [...request.headers, 'x-amz-acl', 'x'] }, {}],
  ];
  test.each(changed)('%s', (_what, received, change) => {
    expect(() => verifyRequest(request, options)).not.toThrow();
    expect(() => verifyRequest(received, { ...options, ...change })).toThrow();
  });
});

test.each([
  ['s3.amazonaws.com', 's3', 'us-east-1'],
  ['b.c.s3.eu-west-1.amazonaws.com', 's3', 'eu-west-1'],
  ['b.s3.dualstack.us-gov-west-1.amazonaws.com', 's3', 'us-gov-west-1'],
  ['b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com', 's3express', 'us-east-1'],
  ['m.accesspoint.s3-global.amazonaws.com', 's3', '*'],
  ['dynamodb-fips.us-west-2.amazonaws.com', 'dynamodb', 'us-west-2'],
  ['iam.amazonaws.com', 'iam', 'us-east-1'],
  ['sqs.cn-north-1.amazonaws.com.cn', 'sqs', 'cn-north-1'],
])('knows what %s is signed for', (host, service, region) => {
  expect(scopeOfHost(host)).toEqual({ service, region });
});
