import { type ActionResolver, type AgentRequest, isGrpc, printable, type Resolution } from '@pai/core';
import { isBatch, resolveBatch } from './batch.ts';
import { withBilling } from './billing.ts';
import { sharedService } from './catalogue.ts';
import type { GcpEndpoint } from './endpoint.ts';
import { withFormQuery } from './form-query.ts';
import { resolveDiscovery } from './rest/discovery.ts';
import { resolveRest } from './rest/resolve.ts';
import { isXml } from './storage/resolve.ts';

/** What a resolver is made of. */
export interface ResolverOptions {
  /** Throws, saying why, for a host that the configuration leaves out. */
  readonly readEndpoint: (host: string) => GcpEndpoint | undefined;
  /** Whether resources matter, because of a scope or a project: the content of requests is read only then. Default true. */
  readonly isScoped?: boolean;
  /** The project that may pay without being asked: `config.project`. */
  readonly project?: string;
  readonly resolveStorage: (request: AgentRequest, endpoint: GcpEndpoint) => Resolution | Promise<Resolution>;
  readonly resolveGrpc: (request: AgentRequest, endpoint: GcpEndpoint) => Resolution | Promise<Resolution>;
}

/** Names the actions of a request to any host of Google's APIs, with the resources that they are on. */
export function createResolver(options: ResolverOptions): ActionResolver {
  const { readEndpoint, isScoped = true, project, resolveStorage, resolveGrpc } = options;
  const meaningOf = (request: AgentRequest, host: GcpEndpoint) => {
    if (isGrpc(request.headers)) return resolveGrpc(request, host);
    const endpoint = endpointAt(host, request.path);
    if (isStorage(endpoint)) return resolveStorage(request, endpoint);
    return resolveDiscovery(request) ?? resolveRest(request, endpoint, { isScoped });
  };
  const resolveOne: ActionResolver = async (given) => {
    const host = readEndpoint(given.host);
    if (host === undefined) {
      return { unresolved: `${printable(given.host)} is no host of Google’s APIs that is known` };
    }
    const isPlain = isGrpc(given.headers) || isXml(given, host);
    const request = isPlain ? given : await withFormQuery(given);
    return withBilling(request, await meaningOf(request, host), project);
  };
  return async (request) => {
    const host = readEndpoint(request.host);
    if (host === undefined || isGrpc(request.headers) || !isBatch(request, host)) return resolveOne(request);
    // What stands in the head of a batch is for all of its parts, and each has a head of its own.
    return withBilling(request, await resolveBatch(request, host, readEndpoint, resolveOne), project);
  };
}

/** The endpoint for one path: on the host that all APIs once shared, the path says whose it is. */
export function endpointAt(endpoint: GcpEndpoint, path: string): GcpEndpoint {
  if (endpoint.service !== 'www.googleapis.com') return endpoint;
  const service = sharedService(path);
  return service === undefined ? endpoint : { ...endpoint, service };
}

function isStorage({ service }: GcpEndpoint): boolean {
  return service === 'storage.googleapis.com';
}
