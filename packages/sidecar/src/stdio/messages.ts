import { escapeUnits, formatJson, PaiError, readJson } from '@pai/core';

/** Members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** One message of an agent: its members, and what of the content it stood in. */
export interface AgentMessage {
  readonly members: Members;
  readonly params: Members;
  /** What the server gets, without a line's end. */
  readonly line: Buffer;
  readonly kind: 'request' | 'notification' | 'response';
}

/** The messages in the content of a POST. Throws `malformed_request` for what is no JSON-RPC. */
export function readMessages(text: string): readonly AgentMessage[] {
  const value = readJson(text);
  if (!Array.isArray(value)) return [readMessage(value, text)];
  if (value.length === 0) throw malformed();
  return value.map((one) => readMessage(one, formatJson(one)));
}

function readMessage(value: unknown, text: string): AgentMessage {
  if (!isMembers(value)) throw malformed();
  const { method, params, id } = value;
  if (method !== undefined && typeof method !== 'string') throw malformed();
  const kind = method === undefined ? 'response' : id === undefined ? 'notification' : 'request';
  return { members: value, params: isMembers(params) ? params : {}, line: lineOf(text), kind };
}

/**
 * A JSON text in one line, of the same value. Some servers end a line at Unicode's separators too, which stand in strings
 * only; there an escape says the same.
 */
export function lineOf(text: string): Buffer {
  return Buffer.from(text.replace(/[\r\n]/g, ' ').replace(/[\u0085\u2028\u2029]/g, escapeUnits));
}

/** A server's message; undefined when it is no JSON object. The agent's Provider reads it again, and more strictly. */
export function readServerMessage(line: Buffer): Members | undefined {
  const text = line.toString('utf8');
  try {
    const value = readJson(text);
    return isMembers(value) ? value : undefined;
  } catch {
    return readLoosely(text);
  }
}

function readLoosely(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What ids and progress tokens are known by: `"1"` is not 1. Undefined for what can be neither. */
export function keyOf(id: unknown): string | undefined {
  if (typeof id === 'string') return `"${id}`;
  return typeof id === 'number' || typeof id === 'bigint' ? String(id) : undefined;
}

/** `_meta` of params or a result. */
export function metaOf({ _meta }: Members): Members {
  return isMembers(_meta) ? _meta : {};
}

/** Whether a JSON value is an object. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key of `_meta` that a stateless request has (MCP 2026-07-28). */
const versionKey = 'io.modelcontextprotocol/protocolVersion';

/** Whether a message needs no session: it says itself by which revision it is. */
export function isStateless({ params }: AgentMessage): boolean {
  return typeof metaOf(params)[versionKey] === 'string';
}

function malformed(): PaiError {
  return new PaiError('malformed_request', 'the content is no JSON-RPC message');
}
