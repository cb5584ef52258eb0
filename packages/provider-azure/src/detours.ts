import { type AgentRequest, fieldKey, findMethodOverride, PaiError } from '@pai/core';

/** Throws `malformed_request` for a request whose method or path is not the one it says it is, to some of Azure's servers. */
export function refuseDetours(request: Pick<AgentRequest, 'headers' | 'query'>): void {
  const override = findMethodOverride(request);
  if (override !== undefined) {
    throw new PaiError('malformed_request', `${override} asks for another method; send that method`);
  }
  const hidden = request.headers.find((name, i) => i % 2 === 0 && fieldKey(name) === 'x-ms-path-query');
  if (hidden !== undefined) {
    throw new PaiError('malformed_request', `${hidden} asks for another path; send that path`);
  }
}
