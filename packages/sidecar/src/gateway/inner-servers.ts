import type { Client } from '@modelcontextprotocol/client';
import type { McpServerPlace } from '@pai/core';
import type { ComposedProvider } from '../compose.ts';
import type { AccessKey } from './key-ring.ts';
import type { McpSdk } from './mcp-sdk.ts';

/** Connections of keys to the servers behind `/mcp`. */
export interface InnerServers {
  /** Uses the connection of a key to a Provider's server, which is opened where there is none. Rejects with what `run` does. */
  use<T>(key: AccessKey, provider: ComposedProvider, run: (client: Client) => Promise<T>): Promise<T>;
  close(): void;
}

/** Milliseconds without use after which a connection is closed. */
const patience = 300_000;

interface Connection {
  readonly client: Promise<Client>;
  timer: NodeJS.Timeout | undefined;
}

/** Opens one connection for each key and Provider, when it is first used. */
export function createInnerServers(
  { client: sdk }: Pick<McpSdk, 'client'>,
  fetchFor: (key: AccessKey, provider: ComposedProvider) => typeof fetch,
): InnerServers {
  const open = new Map<string, Connection>();
  const drop = (id: string) => {
    const connection = open.get(id);
    open.delete(id);
    clearTimeout(connection?.timer);
    connection?.client.then((client) => client.close()).catch(() => {});
  };
  const find = (id: string, connect: () => Promise<Client>): Connection => {
    const connection = open.get(id) ?? { client: connect(), timer: undefined };
    open.set(id, connection);
    clearTimeout(connection.timer);
    connection.timer = setTimeout(() => drop(id), patience).unref();
    return connection;
  };
  return {
    async use(key, provider, run) {
      const { mcp } = provider.provider;
      if (mcp === undefined) throw new Error(`${provider.name} is no MCP server`);
      const id = `${key.hash.toString('base64')} ${provider.name} ${mcp.transport} ${mcp.url}`;
      const attempt = async () => {
        const { client } = find(id, () => connectTo(sdk, mcp, fetchFor(key, provider)));
        try {
          return await run(await client);
        } catch (thrown) {
          if (!isProtocolError(thrown)) drop(id);
          throw thrown;
        }
      };
      // A server that does not know a session (any more) has done nothing.
      const isGone = open.has(id)
        ? (thrown: unknown) => thrown instanceof sdk.SdkHttpError && thrown.status === 404
        : () => false;
      return attempt().catch((thrown: unknown) => {
        if (isGone(thrown)) return attempt();
        throw thrown;
      });
    },
    close() {
      for (const id of [...open.keys()]) drop(id);
    },
  };
}

async function connectTo(
  { Client, SSEClientTransport, StreamableHTTPClientTransport }: McpSdk['client'],
  { url, transport }: McpServerPlace,
  fetch: typeof globalThis.fetch,
): Promise<Client> {
  const client = new Client({ name: 'pai-gateway', version: '1' }, { capabilities: {} });
  const place = new URL(url);
  const options = { fetch };
  await client.connect(
    transport === 'sse'
      ? new SSEClientTransport(place, options)
      : new StreamableHTTPClientTransport(place, options),
  );
  return client;
}

/** An error that the server answered with. */
function isProtocolError(thrown: unknown): boolean {
  return typeof (thrown as { code?: unknown } | undefined)?.code === 'number';
}
