import { readdirSync, readFileSync } from 'node:fs';
import { Secret } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { canonicalRequest, isSignedField } from '../src/sign/canonical-request.ts';
import { hashText } from '../src/sign/hash.ts';
import { createSigner } from '../src/sign/signer.ts';
import { createKeyring } from '../src/sign/signing-key.ts';

interface Context {
  readonly credentials: { access_key_id: string; secret_access_key: string; token?: string };
  readonly normalize: boolean;
  readonly region: string;
  readonly service: string;
  readonly sign_body: boolean;
  readonly timestamp: string;
  readonly omit_session_token?: boolean;
}

/** AWS's own vectors (aws-c-auth), their bytes a character each. */
const vectors = readdirSync(new URL('vectors/aws-c-auth-v4/', import.meta.url)).map((name) => {
  const read = (file: string) =>
    readFileSync(new URL(`vectors/aws-c-auth-v4/${name}/${file}`, import.meta.url), 'latin1');
  return { name, read, context: JSON.parse(read('context.json')) as Context };
});

function readRequest(text: string) {
  const [head = '', body = ''] = text.split(/\n\n(.*)/s);
  const [first = '', ...lines] = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(first) ?? [];
  const headers = lines.filter(Boolean).flatMap((line) => {
    const mark = line.indexOf(':');
    return [line.slice(0, mark), line.slice(mark + 1)];
  });
  return { method, target, host: 'example.amazonaws.com', port: 443, headers, body };
}

function prepare({ read, context }: (typeof vectors)[number]) {
  const request = readRequest(read('request.txt'));
  const date = `${context.timestamp.replace(/[-:]/g, '')}`;
  const { token } = context.credentials;
  request.headers.push('X-Amz-Date', date);
  if (token !== undefined && context.omit_session_token !== true)
    request.headers.push('X-Amz-Security-Token', token);
  const payloadHash = hashText(request.body);
  if (context.sign_body) request.headers.push('x-amz-content-sha256', payloadHash);
  const secretAccessKey = new Secret('vector/secret', context.credentials.secret_access_key);
  const credentials = { accessKeyId: context.credentials.access_key_id, secretAccessKey };
  const scope = { signingName: context.service, region: context.region, algorithm: 'sigv4' as const };
  return { request, date, payloadHash, credentials, scope };
}

test('all 38 vectors are there', () => expect(vectors).toHaveLength(38));

describe.each(vectors)('$name', (vector) => {
  const { read, context } = vector;
  const { request, date, payloadHash, credentials, scope } = prepare(vector);
  const style = { hasRawPath: !context.normalize, isSigned: () => true };
  const canonical = canonicalRequest(request, payloadHash, style);

  test('has the canonical request, string to sign and signature of AWS', () => {
    expect(canonical.text).toBe(read('header-canonical-request.txt'));
    const key = createKeyring()(credentials, scope, date.slice(0, 8));
    const text = `${key.algorithm}\n${date}\n${key.scope}\n${hashText(canonical.text)}`;
    expect(text).toBe(read('header-string-to-sign.txt'));
    expect(key.sign(text)).toBe(read('header-signature.txt'));
  });
});

/** Those that sign nothing but what the signer signs, for a service whose paths are normalised. */
const whole = vectors.filter(({ context, read }) => {
  const signed = /SignedHeaders=(\S+),/.exec(read('header-signed-request.txt'))?.[1] ?? '';
  const isOurs = signed.split(';').every((name) => name === 'host' || isSignedField(name));
  return context.normalize && !context.sign_body && context.omit_session_token !== true && isOurs;
});

test('most vectors are whole requests that the signer signs', () => expect(whole.length).toBeGreaterThan(15));

test.each(whole)('the signer writes the Authorization of $name', async (vector) => {
  const { credentials, scope, payloadHash } = prepare(vector);
  const request = readRequest(vector.read('request.txt'));
  const { token } = vector.context.credentials;
  const signer = createSigner({
    credentials: async () => ({
      ...credentials,
      ...(token !== undefined && { sessionToken: new Secret('vector/token', token) }),
    }),
    now: () => Date.parse(vector.context.timestamp),
  });
  await signer.sign(request, scope, payloadHash);
  const [authorization] = /(?<=^Authorization:).*$/m.exec(vector.read('header-signed-request.txt')) ?? [];
  expect(request.headers.slice(-2)).toEqual(['authorization', authorization]);
});
