import { type AgentRequest, type Resolution, readPath } from '@pai/core';

/** The description of an API, which every host has and everyone may read: `/$discovery/rest`, `/discovery/v1/apis/…`. */
export function resolveDiscovery({ method, path }: AgentRequest): Resolution | undefined {
  const { text } = readPath(path);
  if (text !== '/$discovery/rest' && !/^\/discovery\/v1(?:beta1)?\/apis(?:\/|$)/.test(text)) return undefined;
  if (method === 'GET' || method === 'HEAD') return { actions: [{ name: 'discovery.apis.get' }] };
  return { unresolved: `${method} is no method of the discovery service` };
}
