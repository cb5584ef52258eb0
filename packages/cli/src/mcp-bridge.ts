import {
  isInitializedNotification,
  isInitializeRequest,
  type JSONRPCMessage,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { listenAtMost, reconnectionScheduler } from '@pai/sidecar';
import type { Cli } from './context.ts';
import { stopSignal } from './stop-signal.ts';

/** Where a server is, and what every request to it has. */
export interface RemoteServer {
  readonly url: URL;
  readonly transport: 'http' | 'sse';
  readonly headers: Readonly<Record<string, string>>;
  /** What takes requests to it. Default: the network. */
  readonly fetch?: typeof fetch;
}

/** What JSON-RPC leaves to implementations: the message could not be brought to the server. */
const undelivered = -32_000;

/** Carries messages between standard input and output and a server, until the input ends or the process is told to stop. Rejects when the server cannot be reached at all. */
export async function bridgeStdio(
  { stdin, stdout, note }: Pick<Cli, 'stdin' | 'stdout' | 'note'>,
  { url, transport, headers, fetch = globalThis.fetch }: RemoteServer,
): Promise<void> {
  const client = new StdioServerTransport(stdin, stdout);
  const ended = Promise.withResolvers<void>();
  const requestInit = { headers: { ...headers } };
  const remote: Transport =
    transport === 'sse'
      ? new SSEClientTransport(url, { requestInit, fetch: listenAtMost(1, fetch, ended.resolve) })
      : new StreamableHTTPClientTransport(url, { requestInit, fetch, reconnectionScheduler });
  const waiting = new Set<string | number>();
  let opening: string | number | undefined;
  let opened = Promise.resolve();
  const fail = (id: string | number | undefined, error: Error) => {
    if (id === undefined || !waiting.delete(id)) return;
    client.send(failure(id, error)).catch(() => {});
  };

  remote.onmessage = (message: JSONRPCMessage) => {
    if (!('method' in message) && message.id !== undefined) waiting.delete(message.id);
    const version = opening === undefined ? undefined : versionIn(message, opening);
    if (version !== undefined) remote.setProtocolVersion?.(version);
    client.send(message).catch(() => ended.resolve());
  };
  remote.onerror = (error) => note(`the server cannot be reached: ${error.message}`);
  client.onmessage = (message) => {
    const id = 'method' in message && 'id' in message ? message.id : undefined;
    if (id !== undefined) waiting.add(id);
    if (isInitializeRequest(message)) opening = id;
    const onRequestStreamEnd = () => fail(id, new Error('the server ended its answer before it was whole'));
    const sent = opened
      .then(() => remote.send(message, { onRequestStreamEnd }))
      .catch((error: Error) => fail(id, error));
    // In a pipe nothing overtakes these, and servers count on it; as requests of HTTP it could.
    if (isInitializeRequest(message) || isInitializedNotification(message)) opened = sent;
  };
  client.onerror = (error) => note(`what came in is no message: ${error.message}`);
  client.onclose = ended.resolve;

  // Many clients do not end the input first.
  void stopSignal().then(ended.resolve);

  await remote.start();
  await client.start();
  await ended.promise;
  if (remote instanceof StreamableHTTPClientTransport) await remote.terminateSession().catch(() => {});
  await remote.close();
  await client.close();
}

function versionIn(message: JSONRPCMessage, id: string | number): string | undefined {
  if (!('result' in message) || message.id !== id) return undefined;
  const { protocolVersion } = message.result;
  return typeof protocolVersion === 'string' ? protocolVersion : undefined;
}

function failure(id: string | number, { message }: Error): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code: undelivered, message } };
}
