import type { Action, AgentRequest, Resolution } from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import { type Call, findCall } from './call.ts';
import { readFirstMessage } from './framing.ts';
import { isReadable, needsOf, unknownNeeds } from './needs.ts';

/**
 * Names the permissions of a gRPC call, with the full names of the resources that its message names, the first of a
 * stream; `readLater` reads the others. Headers of the agent's (`x-goog-request-params`) are not believed. What cannot be
 * told has `reach: 'any'`. Throws `malformed_request` for a message that can be read in two ways.
 */
export async function resolveGrpc(request: AgentRequest, endpoint: GcpEndpoint): Promise<Resolution> {
  const call = await findCall(request, endpoint);
  if ('unresolved' in call) return call;
  const [first, ...others] = distinct(await actionsOf(request, call));
  return { actions: first === undefined ? [{ name: call.own, reach: 'any' }] : [first, ...others] };
}

async function actionsOf(request: AgentRequest, call: Call): Promise<readonly Action[]> {
  const { rpc } = call;
  if (rpc === undefined) return [];
  if (rpc.isStream && !isReadable(rpc)) return unknownNeeds(rpc, call);
  return needsOf(await readFirstMessage(request, rpc.isStream), rpc, call);
}

/** Each action once. */
export function distinct(actions: readonly Action[]): readonly Action[] {
  return [...new Map(actions.map((one) => [keyOf(one), one])).values()];
}

function keyOf({ name, resource, reach, part }: Action): string {
  return `${name} ${reach ?? ''} ${part ?? '-'} ${resource ?? ''}`;
}
