import {
  type AuthInjector,
  fieldKey,
  getHeader,
  PaiError,
  printable,
  type UpstreamRequest,
  withoutHeaders,
} from '@pai/core';
import type { Endpoint } from '../endpoint.ts';
import { endpointAt } from '../hosts.ts';
import { hasRawPaths } from './canonical-request.ts';
import { readChunkedContent, resignBody } from './chunked-body.ts';
import type { SessionSource } from './express-session.ts';
import { hoistQuery } from './hoist.ts';
import { declaredHash, hashBody, type Spool } from './payload.ts';
import type { Signer } from './signer.ts';

/** What signing agents' requests needs. */
export interface AwsInjectorOptions {
  readonly signer: Signer;
  /** What a host is; undefined for a host that no credential may go to. May throw to say why. */
  readonly endpointOf: (host: string) => Endpoint | undefined;
  /** Sessions for the buckets of S3 Express One Zone; without it their requests are signed with the credentials themselves. */
  readonly sessions?: SessionSource;
  readonly spool?: Spool;
}

/** What only the signer writes, by `fieldKey`. */
const written: ReadonlySet<string> = new Set(
  [
    'authorization',
    'date',
    'x-amz-date',
    'x-amz-region-set',
    'x-amz-security-token',
    'x-amz-s3session-token',
  ].map(fieldKey),
);

/**
 * Signs requests anew, for the service and region of their host, whatever the agent signed for. Throws
 * `destination_forbidden` for a host that is no endpoint, and `malformed_request` for what has no one signature.
 */
export function createAwsInjector({ signer, endpointOf, sessions, spool }: AwsInjectorOptions): AuthInjector {
  return async (request) => {
    const known = endpointOf(request.host);
    if (known === undefined) throw forbidden(request);
    const endpoint = endpointAt(known, pathOf(request.target));
    const { signingName, algorithm } = endpoint;
    const isS3 = hasRawPaths(signingName);
    if (isS3) hoistQuery(request);
    request.headers = withoutHeaders(request.headers, written);
    if (isTwoWay(request)) request.needsH2 = true;
    const payloadHash = await settleHash(request, isS3, spool);
    const chunked = readChunkedContent(request, payloadHash, algorithm);
    const session = await sessions?.sessionFor(request, endpoint);
    const signature = await signer.sign(request, endpoint, payloadHash, session);
    if (chunked !== undefined) request.body = resignBody(request.body, chunked, signature);
  };
}

/** Event streams up, and the one down that AWS gives over HTTP/2 only (Kinesis API Reference, SubscribeToShard). */
function isTwoWay({ headers }: UpstreamRequest): boolean {
  if (getHeader(headers, 'content-type')?.toLowerCase() === 'application/vnd.amazon.eventstream') return true;
  return getHeader(headers, 'x-amz-target')?.endsWith('.SubscribeToShard') === true;
}

function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

/** S3 wants the header on every request, and takes content whose hash nobody knows. */
async function settleHash(
  request: UpstreamRequest,
  isS3: boolean,
  spool: Spool | undefined,
): Promise<string> {
  const declared = declaredHash(request);
  if (declared !== undefined) return declared;
  const isUnsigned = isS3 && request.body.length !== 0;
  const payloadHash = isUnsigned ? 'UNSIGNED-PAYLOAD' : await hashBody(request, spool);
  if (isS3) request.headers.push('x-amz-content-sha256', payloadHash);
  return payloadHash;
}

function forbidden({ host }: UpstreamRequest): PaiError {
  return new PaiError(
    'destination_forbidden',
    `${printable(host)} is no endpoint of an AWS service that takes signed requests, so that no credential goes there; use the service's own host`,
  );
}
