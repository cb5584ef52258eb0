import { type ActionResolver, type AgentRequest, printable, type Resolution } from '@pai/core';
import { isArmBatch, resolveArmBatch } from './arm/batch.ts';
import type { Operations } from './arm/operations.ts';
import { resolveArm } from './arm/resolve.ts';
import type { AzureEndpoint } from './endpoint.ts';
import { isGraphBatch, resolveGraphBatch } from './graph/batch.ts';
import { resolveGraph } from './graph/resolve.ts';

/** What a resolver is made of. */
export interface ResolverOptions {
  /** Throws, saying why, for the hosts of a region that the configuration leaves out. */
  readonly readEndpoint: (host: string) => AzureEndpoint | undefined;
  /** Names the actions of a request to a data plane. */
  readonly resolveData: (request: AgentRequest, endpoint: AzureEndpoint) => Resolution | Promise<Resolution>;
  /** Operations under way that may be watched whatever the scope. */
  readonly operations?: Operations;
}

/** Names the actions of a request to any host of Azure, with the ids and paths of what they are on. */
export function createResolver({ readEndpoint, resolveData, operations }: ResolverOptions): ActionResolver {
  return (request) => {
    const endpoint = readEndpoint(request.host);
    if (endpoint === undefined) {
      return { unresolved: `${printable(request.host)} is no endpoint of an Azure service that is known` };
    }
    if (endpoint.service === 'arm') {
      return isArmBatch(request.path)
        ? resolveArmBatch(request, operations)
        : resolveArm(request, operations);
    }
    if (endpoint.service === 'graph') {
      return isGraphBatch(request.path) ? resolveGraphBatch(request) : resolveGraph(request, request.host);
    }
    return resolveData(request, endpoint);
  };
}
