import type { Action, Actions, AgentRequest, Resolution } from '@pai/core';
import { readMember } from './json-body.ts';
import { hasRepository, isFullName } from './names.ts';
import type { ListedOperation } from './routes.ts';

/** Whether the JSON body of an operation on one repository may name another, or start an agent in it. */
export function canNameOthers({ method, parts }: ListedOperation): boolean {
  return table.has(keyOf(method, parts));
}

/**
 * The actions of an operation that {@link canNameOthers}: its own, on any repository too where its body names what may be
 * in another, and `agents:create` where it gives a coding agent its orders. Throws `body_too_large` over 1 MiB.
 */
export async function withNamed(
  action: Action,
  { method, parts }: ListedOperation,
  request: AgentRequest,
): Promise<Resolution> {
  const others: Action[] = [];
  for (const member of table.get(keyOf(method, parts)) ?? []) {
    const reading = await readMember(request, member);
    if ('unresolved' in reading) return reading;
    const { value } = reading;
    if (value === undefined || value === null) continue;
    if (member === 'agent_assignment') others.push(startOf(action, value));
    else if (member !== 'head' || isElsewhere(value)) others.push(anywhere(action.name));
  }
  const actions: Actions = [action, ...others];
  return { actions };
}

/** Operations and the members that name. Source: https://docs.github.com/rest, and for agents its changelog of 2025-12-03. */
const table: ReadonlyMap<string, readonly string[]> = new Map([
  ['POST issues', ['agent_assignment']],
  ['PATCH issues/{}', ['agent_assignment', 'duplicate_issue_id']],
  ['POST issues/{}/assignees', ['agent_assignment']],
  ['PATCH dependabot/alerts/{}', ['agent_assignment']],
  ['POST pulls', ['head', 'head_repo']],
]);

function keyOf(method: string, parts: readonly string[]): string {
  return `${method} ${parts.join('/').replace(/\{[^}]*\}/g, '{}')}`;
}

/** An agent works in the repository of the issue, unless its orders name another. */
function startOf(action: Action, orders: unknown): Action {
  const name = 'agents:create';
  if (typeof orders !== 'object' || orders === null || Array.isArray(orders)) return anywhere(name);
  const { target_repo: target } = orders as Readonly<Record<string, unknown>>;
  if (target === undefined || target === null) return { ...action, name };
  return isFullName(target) ? { name, resource: target } : anywhere(name);
}

function isElsewhere(head: unknown): boolean {
  return typeof head !== 'string' || hasRepository(head);
}

function anywhere(name: string): Action {
  return { name, reach: 'any' };
}
