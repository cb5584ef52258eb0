import { setTimeout as delay } from 'node:timers/promises';
import type { Tool } from '@modelcontextprotocol/client';
import { PaiError } from '@pai/core';
import { backoff } from './backoff.ts';
import { createKeptSession } from './kept-session.ts';
import type { ToolResult } from './result-text.ts';
import type { ToolServer } from './servers.ts';
import { isUnknownSession } from './watch-fetch.ts';

/** How a tool is called. */
export interface CallOptions {
  /** Ends the call, and tells the server. */
  readonly signal?: AbortSignal;
  /** Milliseconds without an answer or news of progress. Default 60,000. */
  readonly timeout?: number;
}

/** One server, reached again whenever it is lost. */
export interface Link {
  readonly server: ToolServer;
  /** Its tools when it was last asked. */
  readonly tools: () => readonly Tool[];
  /** Why it cannot be used at this moment; undefined when it can. */
  readonly problem: () => string | undefined;
  /** Resolves when the first attempt has succeeded or failed, or others have waited long enough for it. */
  readonly settled: Promise<void>;
  readonly call: (tool: string, given: Record<string, unknown>, options: CallOptions) => Promise<ToolResult>;
  /** Asks for the tools again. Rejects when that fails; it is tried again by itself too. */
  readonly refresh: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a link is made with. */
export interface LinkOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds that others wait for the first attempt. */
  readonly patience: number;
  /** Its tools or its problem have changed. */
  readonly onChange: () => void;
}

/** Connects at once. */
export function createLink(server: ToolServer, { fetch, patience, onChange }: LinkOptions): Link {
  let tools: readonly Tool[] = [];
  let problem: string | undefined = 'not connected yet';
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> | undefined;
  let isStale = false;
  let isClosed = false;

  const refreshSoon = () => void refresh().catch(ignore);
  const session = createKeptSession({
    server,
    fetch,
    onOpen: async (opened, signal) => {
      tools = await opened.list(signal);
    },
    onListChanged: refreshSoon,
    onProblem: (next) => {
      problem = next;
      if (!isClosed) onChange();
    },
  });
  const relist = async () => {
    while (isStale) {
      isStale = false;
      const opened = await session.get();
      try {
        tools = await opened.list();
      } catch (thrown) {
        clearTimeout(timer);
        if (!isClosed) timer = setTimeout(refreshSoon, backoff(failures)).unref();
        failures += 1;
        throw thrown;
      }
      failures = 0;
      if (!isClosed) onChange();
    }
  };
  const refresh = (): Promise<void> => {
    isStale = true;
    refreshing ??= relist().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };
  const call: Link['call'] = async (tool, given, { signal, timeout }) => {
    const options = {
      resetTimeoutOnProgress: true,
      ...(signal !== undefined && { signal }),
      ...(timeout !== undefined && { timeout }),
    };
    const ask = async () => {
      const opened = await untilAborted(session.get(), signal);
      try {
        const answer = opened.client.callTool({ name: tool, arguments: given }, options);
        return await session.underWay(opened, answer);
      } catch (thrown) {
        const isForgotten = opened.hasId() && isUnknownSession((thrown as { status?: unknown }).status);
        if (!isForgotten) throw thrown;
        await session.drop(opened, 'unknown');
        return undefined;
      }
    };
    const answer = (await ask()) ?? (await ask());
    if (answer !== undefined) return answer;
    throw new PaiError('upstream_protocol', `${server.name} takes no call; see what its server logs`);
  };
  return {
    server,
    tools: () => tools,
    problem: () => problem,
    settled: Promise.race([
      session.get().then(ignore, ignore),
      delay(patience, undefined, { ref: false }).then(ignore),
    ]),
    call,
    refresh,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      return session.close();
    },
  };
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let end = () => {};
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(signal.reason as Error);
    signal.addEventListener('abort', end, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', end));
}

function ignore(): void {}
