import { type AgentRequest, getHeaders, type Resolution, readForm } from '@pai/core';
import { checkProject, projectResource } from './storage/names.ts';

/**
 * The resolution of a request, with the permission that it takes to let each project pay that the request names: by header
 * or by parameter (Cloud APIs documentation, "System parameters"). Of `project`, which it is held to, none is asked. Throws
 * `malformed_request` for what is no project.
 */
export function withBilling(
  { headers, query }: Pick<AgentRequest, 'headers' | 'query'>,
  resolution: Resolution,
  project: string | undefined,
): Resolution {
  if ('unresolved' in resolution) return resolution;
  const named = new Set([...getHeaders(headers, 'x-goog-user-project'), ...inQuery(query)]);
  if (project !== undefined) named.delete(project);
  if (named.size === 0) return resolution;
  const uses = [...named].map((payer) => ({
    name: 'serviceusage.services.use',
    resource: projectResource(checkProject(payer)),
  }));
  return { actions: [...resolution.actions, ...uses] };
}

function inQuery(query: string): readonly string[] {
  if (!mayName.test(query)) return [];
  return readForm(query).flatMap(([name, value]) => (/^\$?userProject$/i.test(name) ? [value] : []));
}

/** A name that is spelled so, or with escapes. */
const mayName = /(?:^|&)(?:\$?userProject|[^=&]*%)/i;
