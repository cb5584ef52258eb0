import { auditPrefix, commandIn, digestOf, type ProviderContext, type ScopeChecker } from '@pai/core';
import { isToolName } from './actions.ts';
import type { McpSpec } from './schema.ts';

/** `policy.mcp.pin`: tools are those that were approved, defined as they were then. */
export interface Pin {
  readonly isOn: boolean;
  /** Calls of a tool that is not approved, or that the server defined otherwise when it was last seen. */
  readonly scope: ScopeChecker;
  /** Takes note of a tool that the server lists, and says whether the agent may see it. */
  readonly admits: (tool: string, definition: object) => boolean;
}

/** Most lines that one Provider logs of tools that it hides: the server decides how many there are. */
const mostLines = 200;

/** Everything a client reads of a tool counts: names, texts, schemas, and members that are not known here. */
export function createPin(
  { policy, audit }: Pick<McpSpec, 'policy' | 'audit'>,
  { name, namespace, approvals, log }: Pick<ProviderContext, 'name' | 'namespace' | 'approvals' | 'log'>,
): Pin {
  if (policy?.mcp?.pin !== true) return { isOn: false, scope: () => undefined, admits: () => true };
  const command = commandIn(namespace, `pai approve ${name}`);
  const told = new Set<string>();
  const tell = (tool: string, digest: string, why: string) => {
    const key = `${tool} ${digest}`;
    if (told.has(key) || told.size >= mostLines) return;
    told.add(key);
    const what = `the tool ${tool} ${why}`;
    const line =
      audit?.enforcement === 'audit' ? `${auditPrefix}${name}: ${what}` : `${name}: ${what}, and is hidden`;
    log(`${line}; run: ${command}`);
  };
  const faultOf = (tool: string, digest: string | undefined): string | undefined => {
    const approved = approvals?.approvedDigest(tool);
    if (approved === undefined) return 'is not approved';
    return digest === undefined || digest === approved ? undefined : 'has changed since it was approved';
  };
  return {
    isOn: true,
    scope: ({ name: tool, arguments: given }) => {
      if (given === undefined) return undefined;
      const fault = faultOf(tool, approvals?.seenDigest(tool));
      if (fault === undefined) return undefined;
      return { rule: 'policy.mcp.pin', reason: `it ${fault}; run: ${command}` };
    },
    admits: (tool, definition) => {
      // What cannot be called need not be remembered.
      if (!isToolName(tool)) return false;
      const digest = digestOf(definition);
      approvals?.see(tool, digest, definition);
      const fault = faultOf(tool, digest);
      if (fault !== undefined) tell(tool, digest, fault);
      return fault === undefined;
    },
  };
}
