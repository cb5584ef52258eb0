import { type Action, formatJson, PaiError, printable, readJson } from '@pai/core';
import { isRecord } from './frame.ts';
import { createNearNames, type FindNearName } from './near-names.ts';

/** Whether the policy lets the agent see a tool, defined as here, or get a request or notification of the server. */
export type IsAllowed = (action: Action, definition?: object) => boolean;

type Members = Readonly<Record<string, unknown>>;

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

/** Members that say what a message is. */
const findNearMember = createNearNames(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const findNearResult = createNearNames(['tools', 'inputRequests']);
const findNearTool = createNearNames(['name']);

/** The same value when nothing is taken out, undefined when it all is. */
function keepMessage(message: unknown, isAllowed: IsAllowed): unknown {
  if (Array.isArray(message)) throw malformed('a batch is in a batch');
  if (!isRecord(message)) return message;
  refuseNear(message, findNearMember);
  const kinds = ['method', 'result', 'error'].filter((kind) => kind in message);
  if (kinds.length > 1) throw malformed(`a message has ${kinds.join(' and ')}`);
  const { method, result, error } = message;
  if ('method' in message) return isAllowedMethod(method, isAllowed) ? message : undefined;
  if (asksInError(error) && !isAllowed({ name: 'elicitation/create' })) return refusalFor(message);
  if (!isRecord(result)) return message;
  refuseNear(result, findNearResult);
  if (asksDenied(result, isAllowed)) return refusalFor(message);
  if (!('tools' in result)) return message;
  const { tools } = result;
  const kept = Array.isArray(tools) ? keepSome(tools, (tool) => keepTool(tool, isAllowed)) : [];
  return kept === tools ? message : { ...message, result: { ...result, tools: kept } };
}

function keepTool(tool: unknown, isAllowed: IsAllowed): unknown {
  if (!isRecord(tool) || typeof tool['name'] !== 'string' || findNearTool(tool) !== undefined)
    return undefined;
  return isAllowed({ name: tool['name'], arguments: {} }, tool) ? tool : undefined;
}

function isAllowedMethod(method: unknown, isAllowed: IsAllowed): boolean {
  return typeof method === 'string' && isAllowed({ name: method });
}

/** From revision 2026-07-28 on the server asks in its results. */
function asksDenied({ inputRequests }: Members, isAllowed: IsAllowed): boolean {
  if (typeof inputRequests !== 'object' || inputRequests === null) return false;
  return Object.values(inputRequests).some(
    (asked) => !isRecord(asked) || !isAllowedMethod(asked['method'], isAllowed),
  );
}

/** Revision 2025-11-25 has an error, -32042, by which the server sends the agent's user to a URL. */
function asksInError(error: unknown): boolean {
  return isRecord(error) && isRecord(error['data']) && 'elicitations' in error['data'];
}

function refusalFor({ id }: Members): object {
  const message = 'the server asks for something that the policy denies';
  return { jsonrpc: '2.0', id, error: { code: -32_003, message } };
}

/** The same list when everything is kept as it is. */
function keepSome(list: readonly unknown[], keep: (one: unknown) => unknown): readonly unknown[] {
  const kept = list.map(keep).filter((one) => one !== undefined);
  return kept.length === list.length && kept.every((one, i) => one === list[i]) ? list : kept;
}

function refuseNear(record: Members, find: FindNearName): void {
  const near = find(record);
  if (near === undefined) return;
  throw malformed(`${printable(near.key)} is ${near.name} to some clients`);
}

function malformed(why: string): PaiError {
  return new PaiError('malformed_request', why);
}
