import {
  bodyOf,
  decodeUtf8,
  getHeader,
  getHeaders,
  PaiError,
  type RawHeaders,
  readDecoded,
  type UpstreamRequest,
} from '@pai/core';
import type { Hosted, StdioLimits } from './hosted.ts';
import { type AgentMessage, isStateless, readMessages } from './messages.ts';
import type { Reply } from './reply.ts';
import { unavailable } from './unavailable.ts';

/** Most bytes of content, encoded or not. */
export const longestContent = 4 << 20;

/** What an exchange takes place with. */
export interface ExchangeOptions {
  readonly name: string;
  readonly hosted: Hosted;
  readonly limits: StdioLimits;
}

/**
 * Answers one request of Streamable HTTP (https://modelcontextprotocol.io/specification, "Transports") with what a
 * program says. Rejects with what keeps it from that.
 */
export async function exchange(
  request: UpstreamRequest,
  content: Buffer,
  reply: Reply,
  options: ExchangeOptions,
): Promise<void> {
  const { method, headers } = request;
  if (method === 'POST') return post(request, content, reply, options);
  const [id] = getHeaders(headers, 'mcp-session-id');
  if ((method !== 'GET' && method !== 'DELETE') || id === undefined) {
    return say(reply, 405, 'this server has no session without Mcp-Session-Id: use POST', ['allow', 'POST']);
  }
  const session = options.hosted.find(id, request.agent);
  if (session === undefined) return sayUnknown(reply);
  if (method === 'DELETE') {
    options.hosted.close(id);
    return reply.whole(200, [], '');
  }
  if (!accepts(headers, ['text/event-stream'])) {
    return say(reply, 406, 'a GET is answered with text/event-stream: accept it');
  }
  return session.listen(reply, getHeader(headers, 'last-event-id'));
}

async function post(
  request: UpstreamRequest,
  content: Buffer,
  reply: Reply,
  { name, hosted, limits }: ExchangeOptions,
): Promise<void> {
  const { headers, agent } = request;
  if (!accepts(headers, ['application/json', 'text/event-stream'])) {
    return say(reply, 406, 'a POST is answered with application/json or text/event-stream: accept both');
  }
  const decoded = await readDecoded({ headers, body: bodyOf(content) }, longestContent);
  const messages = readMessages(decodeUtf8(decoded));
  if (messages.every(isStateless)) return (await hosted.shared(agent)).post(messages, reply);
  const [id] = getHeaders(headers, 'mcp-session-id');
  const isPrimed = (getHeader(headers, 'mcp-protocol-version') ?? '') >= '2025-11-25';
  if (id !== undefined) {
    const session = hosted.find(id, agent);
    return session === undefined ? sayUnknown(reply) : session.post(messages, reply, { isPrimed });
  }
  if (!isInitialize(messages)) {
    return say(reply, 400, 'there is no Mcp-Session-Id: begin with initialize', []);
  }
  const opened = await hosted.open(agent);
  // A first message that waits for a program that does not start must not wait for ever.
  const timer = setTimeout(() => {
    reply.fail(
      unavailable(name, `its program did not answer within ${limits.start / 1_000} s, and was ended`),
    );
    hosted.close(opened.id);
  }, limits.start).unref();
  reply.onOver(() => clearTimeout(timer));
  opened.session.post(messages, reply, {
    headers: ['mcp-session-id', opened.id],
    onResponse: (message) => {
      if ('error' in message) hosted.close(opened.id);
    },
  });
}

function isInitialize(messages: readonly AgentMessage[]): boolean {
  return messages.length === 1 && messages[0]?.members['method'] === 'initialize';
}

/** Whether `Accept` names all of these types, or everything. */
function accepts(headers: RawHeaders, types: readonly string[]): boolean {
  const accepted = getHeaders(headers, 'accept')
    .join(',')
    .split(',')
    .map((one) => one.split(';')[0]?.trim().toLowerCase() ?? '');
  return types.every((type) =>
    accepted.some((one) => one === type || one === '*/*' || one === type.replace(/\/.*/, '/*')),
  );
}

/** Clients begin a new session at this status (MCP, "Session Management"). */
function sayUnknown(reply: Reply): void {
  say(reply, 404, 'there is no such session, or it has ended: begin with initialize', [], -32_001);
}

function say(reply: Reply, status: number, message: string, headers: RawHeaders = [], code = -32_000): void {
  const body = JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null });
  reply.whole(status, [...headers, 'content-type', 'application/json'], body);
}

/** `body_too_large`. */
export function tooLarge(): PaiError {
  return new PaiError(
    'body_too_large',
    `the content is larger than the ${longestContent} bytes that a program gets`,
  );
}
