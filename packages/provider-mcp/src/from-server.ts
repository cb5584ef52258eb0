import { type Action, formatJson, readJson } from '@pai/core';
import { isRecord } from './frame.ts';

/** Whether the policy lets the agent see a tool, or get a request or notification of the server. */
export type IsAllowed = (action: Action) => boolean;

/**
 * What of a text from the server goes on to the agent: the text itself, another one, or undefined for nothing. Throws
 * `malformed_request` for what is no JSON that has one reading.
 */
export function keepAllowed(text: string, isAllowed: IsAllowed): string | undefined {
  const value = readJson(text);
  const kept = Array.isArray(value)
    ? keepSome(value, (one) => keepMessage(one, isAllowed))
    : keepMessage(value, isAllowed);
  if (kept === value) return text;
  return kept === undefined || (Array.isArray(kept) && kept.length === 0) ? undefined : formatJson(kept);
}

/** The same value when nothing is taken out, undefined when it all is. */
function keepMessage(message: unknown, isAllowed: IsAllowed): unknown {
  if (!isRecord(message)) return message;
  const { method, result } = message;
  if (typeof method === 'string') return isAllowed({ name: method }) ? message : undefined;
  if (!isRecord(result)) return message;
  if (asksDenied(result, isAllowed)) return refusalFor(message);
  if (!('tools' in result)) return message;
  const { tools } = result;
  const kept = Array.isArray(tools) ? keepSome(tools, (tool) => keepTool(tool, isAllowed)) : [];
  return kept === tools ? message : { ...message, result: { ...result, tools: kept } };
}

function keepTool(tool: unknown, isAllowed: IsAllowed): unknown {
  if (!isRecord(tool) || typeof tool['name'] !== 'string') return undefined;
  return isAllowed({ name: tool['name'], arguments: {} }) ? tool : undefined;
}

/** From revision 2026-07-28 on the server asks in its results. */
function asksDenied({ inputRequests }: Readonly<Record<string, unknown>>, isAllowed: IsAllowed): boolean {
  if (!isRecord(inputRequests)) return false;
  return Object.values(inputRequests).some((asked) => {
    const method = isRecord(asked) ? asked['method'] : undefined;
    return typeof method !== 'string' || !isAllowed({ name: method });
  });
}

function refusalFor({ id }: Readonly<Record<string, unknown>>): object {
  const message = 'the server asks for something that the policy denies';
  return { jsonrpc: '2.0', id, error: { code: -32_003, message } };
}

/** The same list when everything is kept as it is. */
function keepSome(list: readonly unknown[], keep: (one: unknown) => unknown): readonly unknown[] {
  const kept = list.map(keep).filter((one) => one !== undefined);
  return kept.length === list.length && kept.every((one, i) => one === list[i]) ? list : kept;
}
