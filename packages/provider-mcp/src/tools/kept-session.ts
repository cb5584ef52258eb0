import { PaiError } from '@pai/core';
import { backoff } from './backoff.ts';
import type { ToolServer } from './servers.ts';
import { openSession, type Session } from './session.ts';

/** A conversation with a server that is opened again whenever it is lost. */
export interface KeptSession {
  /** The one that there is, or that is being opened. Rejects when that fails; it is tried again by itself too. */
  readonly get: () => Promise<Session>;
  /** Takes note that one is of no use any more; the next `get` opens another. */
  readonly drop: (session: Session, why: 'unknown' | 'gone') => Promise<void>;
  /** Gives a request's own promise, until which a session that the server does not know is not closed. */
  readonly underWay: <T>(session: Session, request: Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** What it is kept with. */
export interface KeepOptions {
  readonly server: ToolServer;
  readonly fetch: typeof globalThis.fetch;
  /** Called with each new one before it is used; it is no use when this rejects. */
  readonly onOpen: (session: Session, signal: AbortSignal) => Promise<void>;
  readonly onListChanged: () => void;
  /** Why there is none at this moment; undefined when there is one. */
  readonly onProblem: (problem: string | undefined) => void;
}

/** Milliseconds for an attempt to connect and to list. */
const longestAttempt = 60_000;

/** Opens the first when it is asked for. */
export function createKeptSession({
  server,
  fetch,
  onOpen,
  onListChanged,
  onProblem,
}: KeepOptions): KeptSession {
  const closed = new AbortController();
  const open = new Map<Session, Set<Promise<unknown>>>();
  let current: Promise<Session> | undefined;
  let attempts = 0;
  let timer: NodeJS.Timeout | undefined;

  const reconnectLater = () => {
    clearTimeout(timer);
    if (closed.signal.aborted) return;
    timer = setTimeout(() => void get().catch(ignore), backoff(attempts)).unref();
    attempts += 1;
  };
  const attempt = async (): Promise<Session> => {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(longestAttempt)]);
    const onLost = (why: 'unknown' | 'gone') =>
      // One that is lost while it opens fails by itself.
      void opened.then((session) => drop(session, why), ignore);
    const opened = openSession({ server, fetch, signal, onListChanged, onLost });
    const session = await opened;
    open.set(session, new Set());
    try {
      await onOpen(session, signal);
      return session;
    } catch (thrown) {
      await end(session);
      throw thrown;
    }
  };
  const get = (): Promise<Session> => {
    if (closed.signal.aborted) {
      return Promise.reject(new PaiError('usage', 'these tools are closed; connect again'));
    }
    if (current !== undefined) return current;
    const made = attempt();
    current = made;
    made.then(
      () => {
        attempts = 0;
        onProblem(undefined);
      },
      (thrown: Error) => {
        if (current === made) current = undefined;
        reconnectLater();
        onProblem(reasonOf(thrown));
      },
    );
    return made;
  };
  const drop: KeptSession['drop'] = async (session, why) => {
    const former = current;
    if (former === undefined || (await former.catch(ignore)) !== session || current !== former) return;
    current = undefined;
    reconnectLater();
    onProblem('the connection was lost');
    // Requests under way get their own answer: that the server has not begun with them.
    const waiting = why === 'unknown' ? [...(open.get(session) ?? [])] : [];
    void Promise.allSettled(waiting).then(() => end(session));
  };
  const end = async (session: Session) => {
    open.delete(session);
    await session.close();
  };
  return {
    get,
    drop,
    underWay: (session, request) => {
      const requests = open.get(session);
      requests?.add(request);
      return request.finally(() => requests?.delete(request));
    },
    close: async () => {
      closed.abort();
      clearTimeout(timer);
      await current?.catch(ignore);
      await Promise.all([...open.keys()].map(end));
    },
  };
}

function reasonOf({ message, cause }: Error): string {
  const inner = cause instanceof Error ? `: ${cause.message}` : '';
  return `${message}${inner}`.replace(/\s+/g, ' ').slice(0, 300);
}

function ignore(): undefined {
  return undefined;
}
