import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AgentRequest, Pipeline } from '@pai/core';
import type { PolicySpec } from '@pai/policy';
import type { McpSpec } from '../src/schema.ts';
import { attach, post } from './mcp.ts';

/** An answer of the server. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly chunks: readonly (string | Uint8Array)[];
  readonly request?: AgentRequest;
  readonly policy?: PolicySpec;
  readonly parts?: Partial<McpSpec>;
  /** In place of one with that policy and those parts. */
  readonly pipeline?: Pipeline;
}

const policy: PolicySpec = { mcp: { deniedTools: ['delete_issue'] } };
const asked = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

/** What the agent gets of an answer of the server; by default `delete_issue` is denied. */
export async function pass(answer: Answer): Promise<string> {
  const { status = 200, type = 'application/json', headers = [], chunks, request = post(asked) } = answer;
  const { pipeline = attach(answer.policy ?? policy, answer.parts) } = answer;
  const outcome = await pipeline.judge(request);
  if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
  const filter = outcome.filter?.({ status, headers: ['content-type', type, ...headers] });
  const content = Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: false },
  );
  return (await buffer(filter?.(content) ?? content)).toString();
}
