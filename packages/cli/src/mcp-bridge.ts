import {
  isInitializeRequest,
  type JSONRPCMessage,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { Cli } from './context.ts';

/** Where a server is, and what every request to it has. */
export interface RemoteServer {
  readonly url: URL;
  readonly transport: 'http' | 'sse';
  readonly headers: Readonly<Record<string, string>>;
}

/** What JSON-RPC leaves to implementations: the message could not be brought to the server. */
const undelivered = -32_000;

/** Carries messages between standard input and output and a server, until the input ends. Rejects when the server cannot be reached at all. */
export async function bridgeStdio(
  { stdin, stdout, note }: Pick<Cli, 'stdin' | 'stdout' | 'note'>,
  { url, transport, headers }: RemoteServer,
): Promise<void> {
  const client = new StdioServerTransport(stdin, stdout);
  const options = { requestInit: { headers: { ...headers } } };
  const remote =
    transport === 'sse'
      ? new SSEClientTransport(url, options)
      : new StreamableHTTPClientTransport(url, options);
  const ended = Promise.withResolvers<void>();
  let opening: string | number | undefined;

  remote.onmessage = (message: JSONRPCMessage) => {
    const version = opening === undefined ? undefined : versionIn(message, opening);
    if (version !== undefined) remote.setProtocolVersion(version);
    client.send(message).catch(() => ended.resolve());
  };
  remote.onerror = (error) => note(`the server cannot be reached: ${error.message}`);
  client.onmessage = (message) => {
    if (isInitializeRequest(message)) opening = (message as { id: string | number }).id;
    remote.send(message).catch((error: Error) => {
      if ('method' in message && 'id' in message)
        void client.send(failure(message.id, error)).catch(() => {});
    });
  };
  client.onerror = (error) => note(`what came in is no message: ${error.message}`);
  client.onclose = ended.resolve;

  await remote.start();
  // Older servers end with their stream, and nothing starts another.
  if (transport === 'sse') remote.onclose = ended.resolve;
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
