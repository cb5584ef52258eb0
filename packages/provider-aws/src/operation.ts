import { type AgentRequest, findMethodOverride, PaiError } from '@pai/core';
import type { ServiceModel } from './model.ts';
import { readRest } from './protocol/rest.ts';
import { isRpcPath, readRpc } from './protocol/rpc.ts';
import type { Reading } from './reading.ts';

/** Most bytes of content that are read to judge a request, unless the caller says otherwise. */
const longestContent = 1 << 20;

/**
 * The one operation that a request asks for, of the services that answer on its host: a Smithy RPC path, an
 * `X-Amz-Target`, an `Action`, or a route of a REST service. Throws `malformed_request` with the reason when it names none
 * or when two servers could read two, and `body_too_large` when what names it stands in content of over `limit` bytes.
 */
export async function readOperation(
  request: AgentRequest,
  models: readonly ServiceModel[],
  limit: number = longestContent,
): Promise<Reading> {
  const override = findMethodOverride(request);
  if (override !== undefined) {
    throw new PaiError('malformed_request', `${override} asks for another method; send that method`);
  }
  const rest = models.filter(isRest);
  const rpc = rest.length === 0 ? models : models.filter((model) => !isRest(model));
  const isRpc = rest.length === 0 || (rpc.length > 0 && isRpcPath(request.path, rpc));
  return isRpc ? readRpc(request, rpc, limit) : readRest(request, rest, limit);
}

function isRest({ protocol }: ServiceModel): boolean {
  return protocol === 'rest-json' || protocol === 'rest-xml';
}
