import type { Resolution } from '@pai/core';
import { resolve } from './request.ts';

type Known = Parameters<typeof resolve>[3];

/** What a GraphQL request means. */
export function resolveQuery(query: string, variables?: unknown, lookup?: Known): Promise<Resolution> {
  return resolveJson(JSON.stringify({ query, variables }), lookup);
}

/** What the content of a POST to the GraphQL API means. */
export function resolveJson(body: string | Uint8Array, lookup?: Known): Promise<Resolution> {
  return resolve('POST', '/graphql', { body, headers: ['content-type', 'application/json'] }, lookup);
}

/** Actions as `name resource`, where the resource may be `any`, or `-` for none; or why there are none. */
export function shown(resolution: Resolution): readonly string[] | string {
  if ('unresolved' in resolution) return `unresolved: ${resolution.unresolved}`;
  return resolution.actions.map(({ name, resource, reach }) => `${name} ${resource ?? reach ?? '-'}`);
}
