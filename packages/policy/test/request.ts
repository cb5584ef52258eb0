import { type AgentRequest, emptyBody, splitTarget } from '@pai/core';

/** A request without a body, as an agent would send it to api.example.com. */
export function requestOf(method: string, target: string): AgentRequest {
  return {
    id: 'r1',
    method,
    host: 'api.example.com',
    port: 443,
    target,
    ...splitTarget(target),
    headers: [],
    protocol: 'h1',
    body: emptyBody,
  };
}
