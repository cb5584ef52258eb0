import { type AgentRequest, createPipeline, type Pipeline, type ProviderContext, Secret } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { compilePolicy, type PolicySpec } from '@pai/policy';
import { mcp } from '../src/index.ts';
import type { McpSpec } from '../src/schema.ts';

/** A Provider of a server at https://mcp.example.com/mcp. */
export function attach(
  policy: PolicySpec = {},
  parts: Partial<McpSpec> = {},
  context: Partial<ProviderContext> = {},
): Pipeline {
  const name = 'tracker';
  const spec: McpSpec = {
    type: 'mcp',
    auth: { type: 'api-key', secretRef: 's' },
    mcp: { transport: 'http', url: 'https://mcp.example.com/mcp' },
    policy,
    ...parts,
  };
  const provider = mcp.create(spec, {
    name,
    secrets: {
      read: (key) => new Secret(`s/${key}`, 'canary-key-0123456789'),
      derive: (name, value) => new Secret(name, value),
    },
    signal: new AbortController().signal,
    fetch,
    now: Date.now,
    log: () => {},
    ...context,
  });
  const { decide } = compilePolicy({
    name,
    type: 'mcp',
    policy,
    plugin: mcp,
    scope: provider.scope,
    hasScope: provider.isScoped === true,
  });
  return createPipeline([{ name, type: 'mcp', provider, decide, enforcement: 'enforce', isLogged: true }]);
}

/** A POST of a JSON-RPC message, or of any text. */
export function post(content: unknown, parts: Partial<RequestText> = {}): AgentRequest {
  return requestFor({
    method: 'POST',
    url: 'https://mcp.example.com/mcp',
    headers: ['content-type', 'application/json', 'accept', 'application/json, text/event-stream'],
    body: typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
    ...parts,
  });
}

/** A call of a tool. */
export function call(name: unknown, given?: unknown, id: unknown = 1): object {
  return {
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, ...(given !== undefined && { arguments: given }) },
  };
}

/** What becomes of a request: the actions and `allow`, or why not, with the answer that the agent gets. */
export async function judge(pipeline: Pipeline, request: AgentRequest) {
  const outcome = await pipeline.judge(request);
  const { decision, actions, rule, unresolved } = outcome.event;
  const body = outcome.kind === 'respond' ? String(outcome.response.body) : undefined;
  const status = outcome.kind === 'respond' ? outcome.response.status : undefined;
  return { decision, actions, rule, unresolved, status, body };
}
