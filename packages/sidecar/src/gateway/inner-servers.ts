import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/client';
import type { McpServerPlace } from '@pai/core';
import type { ComposedProvider } from '../compose.ts';
import { listenAtMost, reconnectionScheduler } from '../embed/mcp-reconnection.ts';
import type { AccessKey } from './key-ring.ts';
import type { McpSdk } from './mcp-sdk.ts';

/** Connections of keys to the servers behind `/mcp`. */
export interface InnerServers {
  /** Uses the connection of a key to a Provider's server, which is opened where there is none. Rejects with what `run` does. */
  use<T>(key: AccessKey, provider: ComposedProvider, run: (client: Client) => Promise<T>): Promise<T>;
  /** Ends every connection, one in use when that is over. */
  close(): void;
}

/** Milliseconds without use after which a connection is closed. */
const patience = 300_000;

/** Milliseconds in which a server is told that a request is cancelled, or that its session is over. */
const farewell = 1_000;

interface Connection {
  readonly client: Promise<Client>;
  timer: NodeJS.Timeout | undefined;
  /** What is under way on it. */
  uses: number;
  /** Takes nothing new, and ends with the last use. */
  isRetired: boolean;
}

/** Opens one connection for each key and Provider, when it is first used. */
export function createInnerServers(
  { client: sdk }: Pick<McpSdk, 'client'>,
  fetchFor: (key: AccessKey, provider: ComposedProvider) => typeof fetch,
): InnerServers {
  const open = new Map<string, Connection>();
  let isClosed = false;
  // A server may keep a process for each session that nobody has ended.
  const end = async (client: Client) => {
    const { transport } = client;
    if (!isClosed && transport instanceof sdk.StreamableHTTPClientTransport) {
      await Promise.race([
        transport.terminateSession().catch(() => {}),
        pause(farewell, undefined, { ref: false }),
      ]);
    }
    await client.close();
  };
  const endIfUnused = ({ client, uses, isRetired }: Connection, delay: number) => {
    if (!isRetired || uses > 0) return;
    setTimeout(() => void client.then(end).catch(() => {}), delay).unref();
  };
  const retire = (id: string, connection: Connection) => {
    if (open.get(id) === connection) open.delete(id);
    clearTimeout(connection.timer);
    connection.isRetired = true;
    endIfUnused(connection, 0);
  };
  const find = (id: string, connect: () => Promise<Client>): Connection => {
    const connection = open.get(id) ?? { client: connect(), timer: undefined, uses: 0, isRetired: false };
    if (!open.has(id)) retireWhenClosed(connection, () => retire(id, connection));
    open.set(id, connection);
    clearTimeout(connection.timer);
    connection.timer = setTimeout(() => retire(id, connection), patience).unref();
    return connection;
  };
  return {
    async use(key, provider, run) {
      const { mcp } = provider.provider;
      if (mcp === undefined) throw new Error(`${provider.name} is no MCP server`);
      const id = `${key.hash.toString('base64')} ${provider.name} ${mcp.transport} ${mcp.url}`;
      const attempt = async () => {
        const connection = find(id, () => connectTo(sdk, mcp, fetchFor(key, provider)));
        connection.uses += 1;
        try {
          return await run(await connection.client);
        } catch (thrown) {
          // Others may be using it too. What was given up ends with it, since a server need not end its answer to that.
          if (!isProtocolError(thrown)) retire(id, connection);
          throw thrown;
        } finally {
          connection.uses -= 1;
          endIfUnused(connection, farewell);
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
      isClosed = true;
      for (const [id, connection] of [...open]) retire(id, connection);
    },
  };
}

function retireWhenClosed({ client }: Connection, retire: () => void): void {
  client
    .then((one) => {
      one.onclose = retire;
    })
    .catch(() => {});
}

async function connectTo(
  { Client, SSEClientTransport, StreamableHTTPClientTransport }: McpSdk['client'],
  { url, transport }: McpServerPlace,
  fetch: typeof globalThis.fetch,
): Promise<Client> {
  const client = new Client({ name: 'pai-gateway', version: '1' }, { capabilities: {} });
  const place = new URL(url);
  const end = () => void client.close().catch(() => {});
  // Nobody here hears what a server says unasked, and every stream that it ends would use another request of the Provider's.
  await client.connect(
    transport === 'sse'
      ? new SSEClientTransport(place, { fetch: listenAtMost(1, fetch, end) })
      : new StreamableHTTPClientTransport(place, { fetch: listenAtMost(0, fetch), reconnectionScheduler }),
  );
  return client;
}

/** An error that the server answered with. */
function isProtocolError(thrown: unknown): boolean {
  return typeof (thrown as { code?: unknown } | undefined)?.code === 'number';
}
