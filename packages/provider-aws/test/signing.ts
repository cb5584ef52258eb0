import { Readable } from 'node:stream';
import { type Body, bodyOf, createBody, Secret, type UpstreamRequest } from '@pai/core';
import type { Endpoint } from '../src/endpoint.ts';
import { type AwsInjectorOptions, createAwsInjector } from '../src/sign/injector.ts';
import { createSigner } from '../src/sign/signer.ts';
import { type Verified, type VerifierOptions, verifyRequest } from './verifier.ts';

/** What the tests sign with, and what the verifier knows. */
export const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
export const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
export const now = Date.parse('2026-11-22T08:00:00Z');

const secretAccessKey = new Secret('test/secret', secret);

/** A signer with those keys. */
export function testSigner(token?: string, clock = () => now) {
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(token !== undefined && { sessionToken: new Secret('test/token', token) }),
  };
  return createSigner({ credentials: async () => credentials, now: clock });
}

/** Endpoints of the few hosts in the tests. */
export function endpointOf(host: string): Endpoint | undefined {
  const known: readonly (readonly [RegExp, Partial<Endpoint>])[] = [
    [/^m\.accesspoint\.s3-global\./, { service: 's3', signingName: 's3', region: '*', algorithm: 'sigv4a' }],
    [
      /^(b--\S+--x-s3)\.s3express-/,
      { service: 's3express', signingName: 's3express', labels: ['b--use1-az4--x-s3'] },
    ],
    [/^s3express-control\./, { service: 's3express-control', signingName: 's3express' }],
    [/(?:^|\.)s3\./, { service: 's3', signingName: 's3' }],
    [/^dynamodb\./, { service: 'dynamodb', signingName: 'dynamodb' }],
  ];
  const [, found] = known.find(([pattern]) => pattern.test(host)) ?? [];
  if (found === undefined) return undefined;
  const plain = { models: [], partition: 'aws', labels: [], algorithm: 'sigv4', isGlobal: false } as const;
  return { ...plain, service: '', signingName: '', region: 'us-east-1', ...found };
}

/** A request as it reaches an injector. */
export interface Sent {
  readonly method?: string;
  readonly host?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: Body | Buffer | string;
}

export const s3 = 'bucket.s3.us-east-1.amazonaws.com';

export function requestOf({
  method = 'GET',
  host = s3,
  target = '/key',
  headers = [],
  body = '',
}: Sent): UpstreamRequest {
  const content = typeof body === 'string' || Buffer.isBuffer(body) ? bodyOf(body) : body;
  return { method, host, port: 443, target, headers: [...headers], body: content };
}

/** Content that comes in these pieces. */
export function streamed(pieces: readonly Buffer[], length?: number): Body {
  return createBody({ length, open: () => Readable.from(pieces, { objectMode: false }) });
}

/** Signs a request as the Provider does, and gives it as a service would get it. */
export async function send(
  sent: Sent,
  options: Partial<AwsInjectorOptions> = {},
): Promise<{
  readonly request: UpstreamRequest;
  readonly body: Buffer;
  verify: (change?: Partial<VerifierOptions>) => Verified;
}> {
  const request = requestOf(sent);
  await createAwsInjector({ signer: testSigner(), endpointOf, ...options })(request);
  const pieces: Buffer[] = [];
  for await (const piece of request.body.stream()) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const { method, target, host } = request;
  return {
    request,
    body,
    verify: (change) =>
      verifyRequest(
        { method, target, headers: ['host', host, ...request.headers], body },
        { keys: { [accessKeyId]: { secret } }, now, ...change },
      ),
  };
}
