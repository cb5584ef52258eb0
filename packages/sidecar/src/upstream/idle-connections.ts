import type { Connection } from './connection.ts';

/** Vacant connections, by what they may be used for. */
export interface IdleConnections {
  /** Keeps a connection for `time` milliseconds, or until something happens on it. */
  park(key: string, connection: Connection, time: number): void;
  /** The usable connection that was parked last. */
  take(key: string): Connection | undefined;
  /** Closes them all. */
  close(): void;
}

interface Parked {
  readonly connection: Connection;
  /** By `performance.now()`. */
  readonly until: number;
}

/** Milliseconds between two looks for connections whose time is over. They are not given out meanwhile. */
const sweepInterval = 1_000;

/** One timer for all: one a connection would be set anew with every request. */
export function createIdleConnections(): IdleConnections {
  const lists = new Map<string, Parked[]>();
  let timer: NodeJS.Timeout | undefined;

  const sweep = () => {
    timer = undefined;
    for (const [key, list] of lists) {
      const kept = list.filter(isUsable);
      if (kept.length === 0) lists.delete(key);
      else lists.set(key, kept);
    }
    if (lists.size > 0) start();
  };
  const start = () => {
    timer ??= setTimeout(sweep, sweepInterval).unref();
  };

  return {
    park(key, connection, time) {
      connection.vacate();
      connection.socket.resume();
      const parked = { connection, until: performance.now() + time };
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [parked]);
      else list.push(parked);
      start();
    },
    take(key) {
      const list = lists.get(key);
      let parked = list?.pop();
      while (parked !== undefined && !isUsable(parked)) parked = list?.pop();
      return parked?.connection;
    },
    close() {
      clearTimeout(timer);
      for (const list of lists.values()) for (const { connection } of list) connection.socket.destroy();
      lists.clear();
    },
  };
}

function isUsable({ connection: { socket }, until }: Parked): boolean {
  if (until <= performance.now()) socket.destroy();
  return !socket.destroyed;
}
