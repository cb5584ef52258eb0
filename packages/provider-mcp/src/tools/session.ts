import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  type McpSubscription,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
  type Tool,
} from '@modelcontextprotocol/client';
import { backoff } from './backoff.ts';
import type { ToolServer } from './servers.ts';
import { watchFetch } from './watch-fetch.ts';

/** A conversation with one server. */
export interface Session {
  readonly client: Client;
  /** Whether the server knows it by an id, which it may forget. */
  readonly hasId: () => boolean;
  /** Every page of its list, as it is now. */
  readonly list: (signal?: AbortSignal) => Promise<readonly Tool[]>;
  /** Ends it at the server too, where servers know sessions. */
  readonly close: () => Promise<void>;
}

/** What a conversation is opened with. */
export interface SessionOptions {
  readonly server: ToolServer;
  readonly fetch: typeof globalThis.fetch;
  /** Ends the attempt to open it. */
  readonly signal: AbortSignal;
  /** The list has changed, or may have while nobody listened. */
  readonly onListChanged: () => void;
  /** It is of no use any more: the server does not know it (`unknown`), or its answers have no way back (`gone`). */
  readonly onLost: (why: 'unknown' | 'gone') => void;
}

/** Milliseconds that a server has to take note of the end. */
const farewell = 1_000;

/** Opens one, in the newest revision of the protocol that both sides know. Rejects when that fails. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { server, signal, onListChanged, onLost } = options;
  const ended = new AbortController();
  const life = new AbortController();
  const events = { onReopened: onListChanged, onLost: () => onLost('unknown') };
  const fetch = watchFetch(options.fetch, life.signal, events);
  const transport = transportFor(server, fetch);
  const client = new Client(
    { name: 'pai-tools', version: '1' },
    {
      versionNegotiation: { mode: 'auto' },
      listChanged: { tools: { autoRefresh: false, debounceMs: 50, onChanged: onListChanged } },
    },
  );
  client.onerror = (error) => {
    // The older transport's answers come in the stream that has ended.
    if (error instanceof SseError) onLost('gone');
  };
  const close = async () => {
    ended.abort();
    if (transport instanceof StreamableHTTPClientTransport && transport.sessionId !== undefined) {
      await Promise.race([transport.terminateSession().catch(ignore), pause(farewell)]);
    }
    await client.close().catch(ignore);
    life.abort();
  };
  const abort = () => life.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect(transport, { signal });
  } catch (thrown) {
    await close();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  client.onclose = () => {
    if (!ended.signal.aborted) onLost('gone');
  };
  void listenAgain(client, ended.signal, onListChanged);
  return {
    client,
    hasId: () => transport instanceof SSEClientTransport || transport.sessionId !== undefined,
    list: async (signal) => {
      const options = { cacheMode: 'refresh', ...(signal !== undefined && { signal }) } as const;
      return (await client.listTools(undefined, options)).tools;
    },
    close,
  };
}

function transportFor({ url, transport }: ToolServer, fetch: typeof globalThis.fetch) {
  if (transport === 'sse') return new SSEClientTransport(new URL(url), { fetch });
  return new StreamableHTTPClientTransport(new URL(url), {
    fetch,
    reconnectionOptions: {
      initialReconnectionDelay: 500,
      maxReconnectionDelay: 30_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: Number.MAX_SAFE_INTEGER,
    },
  });
}

/** From revision 2026-07-28 on news come in a stream that a client asks for, and asks for again when it ends. */
async function listenAgain(client: Client, signal: AbortSignal, onListChanged: () => void): Promise<void> {
  let subscription: McpSubscription | undefined = client.autoOpenedSubscription;
  if (subscription === undefined) return;
  const filter = subscription.honoredFilter;
  let attempt = 0;
  while (!signal.aborted) {
    if (subscription !== undefined && (await subscription.closed) === 'local') return;
    subscription = undefined;
    await pause(backoff(attempt), signal);
    attempt += 1;
    if (signal.aborted) return;
    subscription = await client.listen(filter).catch(ignore);
    if (subscription === undefined) continue;
    attempt = 0;
    onListChanged();
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return delay(milliseconds, undefined, { ref: false, ...(signal !== undefined && { signal }) }).catch(
    ignore,
  );
}

function ignore(): undefined {
  return undefined;
}
