import { type AgentRequest, getHeaders, PaiError, printable } from '@pai/core';
import type { Message } from './frame.ts';

/** The member of `params` that `Mcp-Name` repeats, by method (MCP 2026-07-28, "Standard Request Headers"; tasks: SEP-2663). */
const named: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/**
 * Refuses headers that say another thing than the content: something on the way may go by them. Throws
 * `malformed_request`.
 */
export function refuseDisagreement(
  { headers }: Pick<AgentRequest, 'headers'>,
  { frames, isBatch }: Message,
): void {
  const method = oneOf(headers, 'mcp-method');
  const name = oneOf(headers, 'mcp-name');
  if (method === undefined && name === undefined) return;
  const [frame] = frames;
  if (isBatch || frame === undefined || frame.kind === 'response') {
    throw disagreeing('Mcp-Method and Mcp-Name go with one request or notification');
  }
  if (method !== undefined && method !== frame.method) {
    throw disagreeing(
      `Mcp-Method is ${printable(method)}, and the method of the content ${printable(frame.method)}`,
    );
  }
  if (name === undefined) return;
  const member = Object.hasOwn(named, frame.method) ? named[frame.method] : undefined;
  const subject = member === undefined ? undefined : frame.params[member];
  if (decodeName(name) !== subject) {
    throw disagreeing(`Mcp-Name is ${printable(name)}, and the content names another thing`);
  }
}

function oneOf(headers: AgentRequest['headers'], name: string): string | undefined {
  const [value, ...others] = getHeaders(headers, name);
  if (others.length > 0) throw disagreeing(`${name} comes more than once`);
  return value?.trim();
}

/** Names that no field value carries come as base64 in a frame of their own. */
function decodeName(value: string): string | undefined {
  const [, encoded] =
    /^=\?base64\?((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\?=$/.exec(value) ?? [];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

function disagreeing(why: string): PaiError {
  return new PaiError('malformed_request', `${why}; send them as they are in the content, or leave them out`);
}
