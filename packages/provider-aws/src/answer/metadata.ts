import {
  type AgentRequest,
  getHeader,
  jsonResponse,
  type LocalResponse,
  placeholderFor,
  readPath,
} from '@pai/core';
import { type PlaceholderSession, placeholderSession } from './session.ts';

/** What the endpoints answer with. */
export interface MetadataOptions {
  /** `metadata.name`. */
  readonly provider: string;
  readonly region: string;
  readonly accountId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The instance metadata service, and the endpoints of containers on ECS and of pods on EKS. No credential ever goes there. */
export const metadataHosts = {
  instance: '169.254.169.254',
  container: '169.254.170.2',
  pod: '169.254.170.23',
};

/** Answers for those endpoints with placeholders; for all else there with 404. Undefined for other hosts. */
export function answerMetadata(request: AgentRequest, options: MetadataOptions): LocalResponse | undefined {
  if (!Object.values(metadataHosts).includes(request.host)) return undefined;
  const path = pathOf(request);
  if (path === undefined) return notFound;
  if (request.host === metadataHosts.instance) return answerInstance(request, path, options);
  const isCredentials =
    request.host === metadataHosts.pod ? path === '/v1/credentials' : containerPath.test(path);
  return request.method === 'GET' && isCredentials ? answerContainer(options) : notFound;
}

const containerPath = /^\/v2\/credentials\/[\w-]+$/;

function pathOf({ path }: AgentRequest): string | undefined {
  try {
    return readPath(path).text;
  } catch {
    return undefined;
  }
}

const notFound: LocalResponse = { status: 404, headers: ['content-type', 'text/plain'], body: '' };

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html */
function answerInstance(request: AgentRequest, path: string, options: MetadataOptions): LocalResponse {
  const role = placeholderFor(options.provider);
  if (path === '/latest/api/token') return request.method === 'PUT' ? answerToken(request, role) : notFound;
  if (request.method !== 'GET') return notFound;
  switch (path) {
    case '/latest/meta-data/iam/security-credentials':
      return plainText(role);
    case `/latest/meta-data/iam/security-credentials/${role}`:
      return jsonResponse(200, instanceCredentials(placeholderSession(options.provider, options.now())));
    case '/latest/meta-data/placement/region':
      return plainText(options.region);
    case '/latest/meta-data/placement/availability-zone':
      return plainText(`${options.region}a`);
    case '/latest/dynamic/instance-identity/document':
      return jsonResponse(200, identityDocument(options));
    default:
      return notFound;
  }
}

function answerToken({ headers }: AgentRequest, token: string): LocalResponse {
  const seconds = getHeader(headers, 'x-aws-ec2-metadata-token-ttl-seconds') ?? '';
  if (!/^[1-9]\d{0,4}$/.test(seconds)) return { ...notFound, status: 400 };
  return plainText(token, ['x-aws-ec2-metadata-token-ttl-seconds', seconds]);
}

function plainText(body: string, headers: readonly string[] = []): LocalResponse {
  return { status: 200, headers: ['content-type', 'text/plain', ...headers], body };
}

function instanceCredentials(session: PlaceholderSession) {
  return {
    Code: 'Success',
    LastUpdated: session.issuedAt,
    Type: 'AWS-HMAC',
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: session.expiration,
  };
}

/** Of the document's members those that are known. */
function identityDocument({ region, accountId }: MetadataOptions) {
  return {
    version: '2017-09-30',
    region,
    availabilityZone: `${region}a`,
    ...(accountId !== undefined && { accountId }),
  };
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
function answerContainer({ provider, accountId, now }: MetadataOptions): LocalResponse {
  const session = placeholderSession(provider, now());
  return jsonResponse(200, {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: session.expiration,
    ...(accountId !== undefined && { AccountId: accountId }),
  });
}
