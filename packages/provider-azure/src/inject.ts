import {
  getHeader,
  getHeaders,
  PaiError,
  printable,
  type Secret,
  setHeader,
  type UpstreamRequest,
} from '@pai/core';
import type { AzureEndpoint, AzureService } from './endpoint.ts';

/** What a host is; undefined for a host that no credential may go to. May throw to say why. */
export type EndpointOf = (host: string) => AzureEndpoint | undefined;

/** The endpoint of a request that may get a token. Throws `destination_forbidden` for a host that is no endpoint. */
export function destinationOf(request: UpstreamRequest, endpointOf: EndpointOf): AzureEndpoint {
  const endpoint = endpointOf(request.host);
  // Static websites take no token.
  if (endpoint !== undefined && endpoint.service !== 'web') return endpoint;
  throw new PaiError(
    'destination_forbidden',
    `${printable(request.host)} is no endpoint of a service of Azure that is known here, so that no credential goes there; use the service's own host`,
  );
}

/**
 * Whom the token for a request is issued for: its host says so, but for projects of Azure AI Foundry, which take tokens of their
 * own (`credential_scopes` of the `azure-ai-projects` packages).
 */
export function audienceOf({ target }: UpstreamRequest, { service, cloud, audience }: AzureEndpoint): string {
  const isProject = service === 'cognitive' && cloud === 'public' && /^\/api\/projects\//i.test(target);
  return isProject ? 'https://ai.azure.com' : audience;
}

/**
 * Puts a token on a request as its service reads it, and for the source of a copy. Throws `malformed_request` for a
 * request in a version of storage that knows no tokens.
 */
export function writeToken(
  request: UpstreamRequest,
  { service, audience }: AzureEndpoint,
  token: Secret,
  endpointOf: EndpointOf,
): void {
  const { headers } = request;
  const oldest = firstVersions[service];
  if (oldest !== undefined) requireVersion(request, oldest);
  const bearer = `Bearer ${token.reveal()}`;
  setHeader(headers, 'authorization', service === 'cosmos' ? cosmosToken(token) : bearer);
  const source = sourceOf(request);
  const from = source === undefined ? undefined : endpointOf(source);
  if (from?.audience === audience && from.service !== 'web') {
    setHeader(headers, 'x-ms-copy-source-authorization', bearer);
  }
}

/**
 * The host that storage reads the source of a copy from while it is asked; the copies that go on in the background take
 * no token for it: https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url
 */
function sourceOf({ method, target, headers }: UpstreamRequest): string | undefined {
  const [source, ...others] = getHeaders(headers, 'x-ms-copy-source');
  const isAtOnce =
    /[?&]comp=(?:appendblock|block|page|range)(?:&|$)/i.test(target) ||
    getHeader(headers, 'x-ms-blob-type') !== undefined ||
    getHeader(headers, 'x-ms-requires-sync')?.toLowerCase() === 'true';
  if (method !== 'PUT' || source === undefined || others.length > 0 || !isAtOnce) return undefined;
  return /^https:\/\/([a-z0-9.-]+)\//i.exec(source)?.[1]?.toLowerCase();
}

/** https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources */
function cosmosToken(token: Secret): string {
  return encodeURIComponent(`type=aad&ver=1.0&sig=${token.reveal()}`);
}

/**
 * The first `x-ms-version` in which a service of storage takes tokens. Source:
 * https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory, but for tables: the page says
 * 2020-12-06, and the clients for Python and JavaScript send 2019-02-02, which the service takes.
 */
const firstVersions: Readonly<Partial<Record<AzureService, string>>> = {
  blob: '2017-11-09',
  dfs: '2018-11-09',
  file: '2022-11-02',
  queue: '2017-11-09',
  table: '2019-02-02',
};

function requireVersion({ headers }: UpstreamRequest, oldest: string): void {
  const versions = getHeaders(headers, 'x-ms-version');
  const [version = ''] = versions;
  if (versions.length === 1 && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= oldest) return;
  const said = versions.length === 0 ? 'no x-ms-version' : `x-ms-version ${printable(versions.join(', '))}`;
  throw new PaiError(
    'malformed_request',
    `the request has ${said}, and storage takes tokens from ${oldest} on; send x-ms-version: 2023-11-03, or use a newer SDK`,
  );
}
