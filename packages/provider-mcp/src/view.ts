import type { ProviderPlugin } from '@pai/core';
import { compilePolicy } from '@pai/policy';
import type { View } from './filter.ts';
import type { Pin } from './pin.ts';
import type { McpSpec } from './schema.ts';

/**
 * What the agent may see. Argument rules and rules on paths do not hide a tool. Where denials are only logged, it sees
 * everything.
 */
export function compileView(
  { policy = {}, audit }: Pick<McpSpec, 'policy' | 'audit'>,
  name: string,
  plugin: Pick<ProviderPlugin, 'hasCaseSensitiveActions' | 'impliedActions'>,
  pin: Pin,
): View {
  const { httpRules: _, mcp: { rules: __, ...tools } = {}, ...actions } = policy;
  const { decide } = compilePolicy({
    name,
    type: 'mcp',
    policy: { ...actions, mcp: tools },
    plugin,
    scope: () => undefined,
    hasScope: false,
  });
  const isAudit = audit?.enforcement === 'audit';
  return (request, action, definition) => {
    const isAllowed = isAudit || decide(request, { actions: [action] }).effect === 'allow';
    if (!isAllowed || definition === undefined) return isAllowed;
    return pin.admits(action.name, definition) || isAudit;
  };
}
