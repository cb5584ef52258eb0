import { PaiError, printable, readJson } from '@pai/core';
import { foldCase } from '@pai/policy';
import { createNearNames } from './near-names.ts';

/** The id of a request, as JSON-RPC has it. A `bigint` is a whole number that a double cannot hold. */
export type FrameId = string | number | bigint;

/** One JSON-RPC 2.0 message (https://www.jsonrpc.org/specification), as MCP narrows it. */
export type Frame =
  | { readonly kind: 'request'; readonly id: FrameId; readonly method: string; readonly params: Params }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params }
  | { readonly kind: 'response'; readonly id: FrameId };

/** `params` by name; empty when there are none. */
export type Params = Readonly<Record<string, unknown>>;

/** What came in one message. */
export interface Message {
  readonly frames: readonly Frame[];
  /** They stood in an array, as revision 2025-03-26 allows it. */
  readonly isBatch: boolean;
}

/**
 * Reads content that has one reading by every parser: no key repeated, also not in another case, and none but JSON-RPC's
 * own around `params`. Throws `malformed_request` with the reason.
 */
export function readMessage(text: string): Message {
  const value = readJson(text);
  refuseVariants(value);
  if (!Array.isArray(value)) return { frames: [readFrame(value)], isBatch: false };
  if (value.length === 0) throw malformed('the batch is empty; send a message');
  return { frames: value.map(readFrame), isBatch: true };
}

const envelope = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

function readFrame(value: unknown): Frame {
  if (!isRecord(value)) throw malformed('a message is not a JSON object');
  const odd = Object.keys(value).find((key) => !envelope.has(key));
  if (odd !== undefined) throw malformed(`a message has ${printable(odd)}, which JSON-RPC does not know`);
  const { jsonrpc, id, method, params = {} } = value;
  if (jsonrpc !== '2.0') throw malformed('a message is not of jsonrpc "2.0"');
  const outcomes = Number('result' in value) + Number('error' in value);
  if (method === undefined) {
    if (outcomes !== 1 || 'params' in value)
      throw malformed('a message has neither a method nor one outcome');
    return { kind: 'response', id: readId(id) };
  }
  if (typeof method !== 'string' || !isMethod(method) || outcomes > 0) {
    throw malformed('a message has a method that is no name, or an outcome beside it');
  }
  if (!isRecord(params)) throw malformed('the params of a message are not a JSON object');
  refuseOddNames(params);
  if (!('id' in value)) return { kind: 'notification', method, params };
  return { kind: 'request', id: readId(id), method, params };
}

/** A server that reads names to a NUL, or in any case, would take others for a call. */
function isMethod(method: string): boolean {
  if (!/^[\x21-\x7e]{1,128}$/.test(method)) return false;
  return method === 'tools/call' || method.toLowerCase() !== 'tools/call';
}

function readId(id: unknown): FrameId {
  if (typeof id === 'string' || Number.isInteger(id) || typeof id === 'bigint') return id as FrameId;
  throw malformed('a message has an id that is neither text nor a whole number');
}

/** Members of `params` that say what a message is about. */
const judged = ['name', 'arguments', 'uri', 'ref', 'taskId', 'task', 'level', 'notifications'];
const findNearName = createNearNames(judged);

function refuseOddNames(params: Params): void {
  const near = findNearName(params);
  if (near === undefined) return;
  const { key, name } = near;
  throw malformed(`the params have ${printable(key)}, which some servers take for ${name}; write ${name}`);
}

function refuseVariants(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const seen = new Map<string, string>();
    for (const key of Object.keys(value)) {
      if (key.includes('\0') || !key.isWellFormed()) {
        throw malformed(`the content has ${printable(key)}, which is another name to some servers`);
      }
      const other = seen.get(foldCase(key));
      if (other !== undefined) {
        throw malformed(
          `the content has ${printable(other)} and ${printable(key)}, which some servers take for one; send one of them`,
        );
      }
      seen.set(foldCase(key), key);
    }
  }
  for (const inner of Object.values(value)) refuseVariants(inner);
}

/** Whether a JSON value is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(why: string): PaiError {
  return new PaiError('malformed_request', why);
}
