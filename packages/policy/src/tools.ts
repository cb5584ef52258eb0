import type { Action } from '@pai/core';
import { type Check, denial, pass } from './checks.ts';
import { compileAt, refuseUnreadable, unusable } from './invalid.ts';
import type { McpPolicySpec } from './schema.ts';
import { listed, shown } from './sentence.ts';
import { compileToolRules } from './tool-rules.ts';

/**
 * `policy.mcp`, for calls of tools: `deniedTools` beat `allowedTools`, an empty `allowedTools` permits all, and `rules` look
 * at the arguments. Names of tools are literal.
 */
export function mcpCheck(name: string, policy: McpPolicySpec): Check {
  const { allowedTools = [], deniedTools = [], rules = [] } = policy;
  refuseToolPatterns('policy.mcp.deniedTools', deniedTools, 'policy.deny');
  refuseToolPatterns('policy.mcp.allowedTools', allowedTools, 'policy.allow');
  const denied = new Map(deniedTools.map((tool, i) => [tool, i]));
  const allowed = new Set(allowedTools);
  const judgeArguments = compileToolRules(name, rules);
  const passed =
    allowed.size === 0
      ? pass(name, 'policy.mcp', 'allows every tool that it does not deny')
      : pass(name, 'policy.mcp.allowedTools', 'names it');
  const judgeTool = (action: Action) => {
    const { name: tool } = action;
    const index = denied.get(tool);
    const place = `policy.mcp.deniedTools[${index}]`;
    if (index !== undefined) {
      const remedy = 'remove it from that list if the agent needs it';
      return denial(name, place, `${shown(tool)} is denied by ${place}; ${remedy}`);
    }
    if (allowed.size > 0 && !allowed.has(tool)) {
      const why = `${shown(tool)} is not in policy.mcp.allowedTools (${listed(allowedTools)})`;
      return denial(name, 'policy.mcp.allowedTools', `${why}; add it there if the agent needs it`);
    }
    return judgeArguments(action);
  };
  return {
    step: 'mcp',
    judge: (_, actions) => {
      for (const action of actions) {
        const verdict = action.arguments === undefined ? undefined : judgeTool(action);
        if (verdict !== undefined) return verdict;
      }
      return passed;
    },
  };
}

function refuseToolPatterns(place: string, tools: readonly string[], instead: string): void {
  tools.forEach((tool, i) => {
    compileAt(`${place}[${i}]`, () => {
      refuseUnreadable(tool);
      if (tool.includes('*')) {
        throw unusable(tool, 'has *, and this list takes whole names', `name each tool, or use ${instead}`);
      }
    });
  });
}
