import { formatJson } from '@pai/core';
import { type AgentMessage, isMembers, lineOf, type Members, metaOf } from './messages.ts';

/** The key of `_meta` by which notifications name the request that subscribed to them (MCP 2026-07-28). */
const subscriptionKey = 'io.modelcontextprotocol/subscriptionId';

/** What a request of an agent was called, before it got a number of its own among those of others. */
export interface Former {
  readonly id: unknown;
  readonly token: unknown;
}

/** The line of a request under a number that no other has, which is its progress token too if it has one. */
export function renumber({ members, params }: AgentMessage, number: number): Buffer {
  const meta = metaOf(params);
  const isReported = meta['progressToken'] !== undefined;
  const changed = isReported ? { ...params, _meta: { ...meta, progressToken: number } } : members['params'];
  const renamed = { ...members, id: number, ...(changed !== undefined && { params: changed }) };
  return lineOf(formatJson(renamed));
}

/** A message of the server with the names that the agent knows. */
export function rename(message: Members, { id, token }: Former): Buffer {
  const renamed: Record<string, unknown> = { ...message };
  if (message['method'] === undefined) renamed['id'] = id;
  for (const part of ['params', 'result']) {
    const inner = message[part];
    if (!isMembers(inner)) continue;
    const changed: Record<string, unknown> = { ...inner };
    if (message['method'] === 'notifications/progress') changed['progressToken'] = token;
    const meta = metaOf(inner);
    if (subscriptionKey in meta) changed['_meta'] = { ...meta, [subscriptionKey]: id };
    renamed[part] = changed;
  }
  return Buffer.from(formatJson(renamed));
}

/** The request that a notification belongs to, by its subscription; undefined when it says none. */
export function subscriptionOf(params: Members): unknown {
  return metaOf(params)[subscriptionKey];
}
