import type { Socket } from 'node:net';
import { getHeader, type RawHeaders, type UpstreamRequest } from '@pai/core';
import { createRequestHeadFormat } from '../http1/format-request-head.ts';
import { startCall } from './call.ts';
import { type Connection, createConnection } from './connection.ts';
import type { Seat } from './deferred-call.ts';
import { createIdleConnections } from './idle-connections.ts';

/** HTTP/1.1 connections by origin: one request at a time on each; the one used last is used first. */
export interface H1Pool {
  /** Room on an idle connection. Throws `malformed_request` when the request cannot be written. */
  take(origin: string, request: UpstreamRequest): Seat | undefined;
  /** Room on a new connection. Throws `malformed_request` when the request cannot be written. */
  add(origin: string, request: UpstreamRequest, socket: Socket): Seat;
  /** Closes idle connections, and busy ones as they become idle. */
  close(): void;
}

/** Milliseconds an idle connection is kept when the service does not say: below the shortest common server timeout, 5 s. */
const defaultIdle = 4_000;
/** Longest time an idle connection is kept, whatever the service says. */
const longestIdle = 60_000;

/** An empty pool, of connections whose port is `defaultPort` where a URL names none. */
export function createH1Pool(defaultPort: number): H1Pool {
  const idle = createIdleConnections();
  const formatHead = createRequestHeadFormat(defaultPort);
  let isClosed = false;

  const seat = (origin: string, request: UpstreamRequest, head: string, connection: Connection): Seat => {
    const release = (used: Connection, isReusable: boolean, headers: RawHeaders) => {
      const time = isReusable && !isClosed && !used.socket.destroyed ? idleTime(headers) : 0;
      if (time > 0) return idle.park(origin, used, time);
      used.vacate();
      used.socket.destroy();
    };
    return {
      start: (sink, again) => startCall({ connection, request, head, release }, sink, again),
      leave: () => void connection.socket.destroy(),
    };
  };

  return {
    take(origin, request) {
      const head = formatHead(request);
      const connection = idle.take(origin);
      return connection && seat(origin, request, head, connection);
    },
    add: (origin, request, socket) => seat(origin, request, formatHead(request), createConnection(socket)),
    close() {
      isClosed = true;
      idle.close();
    },
  };
}

function idleTime(headers: RawHeaders): number {
  const said = /\btimeout=(\d{1,6})/i.exec(getHeader(headers, 'keep-alive') ?? '')?.[1];
  if (said === undefined) return defaultIdle;
  return Math.min(longestIdle, Math.max(0, Number(said) * 1_000 - 1_000));
}
