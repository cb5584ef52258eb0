import type { Lane } from './lane.ts';
import type { Members } from './messages.ts';

/** A request that has no answer yet. */
export interface AskedRequest {
  /** What the server knows it by. */
  readonly key: string;
  readonly lane: Lane;
  /** What the agent calls it, and the token of its progress. */
  readonly id: unknown;
  readonly token: unknown;
  /** What the server knows its token by. */
  readonly tokenKey: string | undefined;
  readonly onResponse: ((message: Members) => void) | undefined;
}

/** The requests that have no answer yet. */
export interface AskedRequests {
  readonly size: () => number;
  readonly has: (key: string) => boolean;
  readonly add: (request: AskedRequest) => void;
  readonly get: (key: string | undefined) => AskedRequest | undefined;
  readonly byToken: (key: string | undefined) => AskedRequest | undefined;
  readonly of: (lane: Lane) => readonly AskedRequest[];
  readonly all: () => readonly AskedRequest[];
  readonly remove: (request: AskedRequest) => void;
}

/** None. Counts the requests of each lane. */
export function createAskedRequests(): AskedRequests {
  const byKey = new Map<string, AskedRequest>();
  const byToken = new Map<string, AskedRequest>();
  const all = () => [...byKey.values()];
  return {
    size: () => byKey.size,
    has: (key) => byKey.has(key),
    add(request) {
      byKey.set(request.key, request);
      if (request.tokenKey !== undefined) byToken.set(request.tokenKey, request);
      request.lane.pending += 1;
    },
    get: (key) => (key === undefined ? undefined : byKey.get(key)),
    byToken: (key) => (key === undefined ? undefined : byToken.get(key)),
    of: (lane) => all().filter((request) => request.lane === lane),
    all,
    remove(request) {
      if (!byKey.delete(request.key)) return;
      if (request.tokenKey !== undefined) byToken.delete(request.tokenKey);
      request.lane.pending -= 1;
    },
  };
}
