import type { Action, Resolution } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { createEndpoints } from '../src/endpoints.ts';
import { createResolver, type ResolverOptions } from '../src/resolve.ts';

/** A resource group that tests use. */
export const group = '/subscriptions/S/resourceGroups/RG';

/** Resolves a request to Resource Manager or to Graph, at this target. */
export async function resolve(
  method: string,
  target: string,
  parts: { body?: unknown; headers?: Readonly<Record<string, string>>; host?: string } = {},
  options: Partial<ResolverOptions> = {},
): Promise<Resolution> {
  const { body, headers, host = 'management.azure.com' } = parts;
  const text: RequestText = {
    method,
    url: `https://${host}${target}`,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const resolver = createResolver({
    readEndpoint: createEndpoints({}).find,
    resolveData: () => ({ unresolved: 'not asked' }),
    ...options,
  });
  return resolver(requestFor(text));
}

/** The actions of a request that is resolved. */
export async function actionsOf(...request: Parameters<typeof resolve>): Promise<readonly Action[]> {
  const resolution = await resolve(...request);
  if ('unresolved' in resolution) throw new Error(resolution.unresolved);
  return resolution.actions;
}
