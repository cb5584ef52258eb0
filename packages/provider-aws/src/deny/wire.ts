import { type AgentRequest, getHeader } from '@pai/core';
import type { Endpoint } from '../endpoint.ts';
import type { ServiceModel } from '../model.ts';

/** How errors are written. `s3` is XML without an envelope. */
export type Wire = 's3' | 'ec2' | 'query' | 'rest-xml' | 'rest-json' | 'json-1.0' | 'json-1.1' | 'cbor';

/** What is known of a request beside itself. */
export interface WireHints {
  readonly endpoint: Endpoint | undefined;
  /** Of the service, when its model has been loaded. */
  readonly protocol: ServiceModel['protocol'] | undefined;
}

/** The protocol that a client spoke, by what only that protocol has, else by what its service speaks. */
export function wireOf(request: AgentRequest, { endpoint, protocol }: WireHints): Wire {
  if (endpoint !== undefined && isS3(endpoint)) return 's3';
  const { headers, path, query } = request;
  const type = (getHeader(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const isCbor = getHeader(headers, 'smithy-protocol') === 'rpc-v2-cbor' || type === 'application/cbor';
  if (isCbor || /^\/service\/[^/]+\/operation\/[^/]+$/.test(path)) return 'cbor';
  if (getHeader(headers, 'x-amz-target') !== undefined)
    return type.endsWith('json-1.0') ? 'json-1.0' : 'json-1.1';
  const isQuery = type === 'application/x-www-form-urlencoded' || /(?:^|&)Action=/.test(query);
  if (isQuery && path === '/') return endpoint?.service === 'ec2' || protocol === 'ec2' ? 'ec2' : 'query';
  return byService[protocol ?? guess(endpoint)];
}

/** Their errors have no envelope, unlike those of `s3-control`. */
function isS3({ signingName, service }: Endpoint): boolean {
  return (
    ['s3', 's3express', 's3-object-lambda', 's3-outposts'].includes(signingName) && service !== 's3-control'
  );
}

const byService: Readonly<Record<ServiceModel['protocol'], Wire>> = {
  json: 'json-1.1',
  query: 'query',
  ec2: 'ec2',
  'rest-json': 'rest-json',
  'rest-xml': 'rest-xml',
  cbor: 'cbor',
};

/** The three services of REST with XML beside S3; most of the others speak REST with JSON. */
function guess(endpoint: Endpoint | undefined): ServiceModel['protocol'] {
  return ['route53', 'cloudfront', 's3-control'].includes(endpoint?.service ?? '') ? 'rest-xml' : 'rest-json';
}
