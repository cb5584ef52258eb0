import type { Action, AgentRequest, Resolution } from '@pai/core';
import { refuseDetours } from '../detours.ts';
import { foldAscii } from '../fold-ascii.ts';
import { isGlobal, regionKey } from '../regions.ts';
import { type ArmContent, readContent } from './content.ts';
import { type ArmOperation, operationOf } from './operation.ts';
import type { Operations } from './operations.ts';
import { readArmPath } from './structure.ts';

/** One request to Resource Manager, alone or in a batch. */
export type ArmRequest = Pick<AgentRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>;

/**
 * Names the operation of a request by its path and method, on the id that they name, and on every other id that its content names.
 * Throws `malformed_request` for what has no one reading.
 */
export async function resolveArm(
  request: ArmRequest,
  operations?: Pick<Operations, 'has'>,
): Promise<Resolution> {
  refuseDetours(request);
  const path = readArmPath(request.path);
  const operation = operationOf(request.method, path);
  if (request.method === 'GET' && operations?.has(request) === true)
    return { actions: [{ name: operation.name }] };
  const content = await readContent(request);
  const regions = regionsOf(request.method, path.regions, content);
  const [first, ...others] = actionsOn(operation, content).flatMap((action) =>
    regions.length === 0 ? [action] : regions.map((region) => ({ ...action, region })),
  );
  if (first === undefined) return { unresolved: 'the request names nothing' };
  return { actions: [first, ...others] };
}

function actionsOn(
  { name, resource, reads, isReaching }: ArmOperation,
  content: ArmContent,
): readonly Action[] {
  if (isReaching || content.isOpaque) return [{ name, resource, reach: 'any' }];
  const first: Action = {
    name,
    resource,
    ...(reads === 'children' && { part: '' }),
    ...(reads === 'scope' && { hasNoPart: true }),
  };
  const own = foldAscii(resource);
  const linked = content.ids.filter((id) => foldAscii(id) !== own);
  return [first, ...linked.map((id) => ({ name, resource: id }))];
}

/** Of those that differ, one spelling each. */
function regionsOf(method: string, named: readonly string[], content: ArmContent): readonly string[] {
  const written = method === 'PUT' || method === 'PATCH' ? content.regions : [];
  const regions = [...named, ...written].map(regionKey).filter((region) => !isGlobal(region));
  return [...new Set(regions)];
}
