import {
  type Authority,
  formatAuthority,
  getHeader,
  type PaiError,
  type RawHeaders,
  toPaiError,
  type UpstreamRequest,
} from '@pai/core';
import { formatRequestHead } from '../http1/format-request-head.ts';
import { type Call, type ResponseSink, startCall } from './call.ts';
import type { Connect, Destination } from './connect.ts';
import { type Connection, createConnection } from './connection.ts';
import { createIdleConnections } from './idle-connections.ts';

/** Sends requests to services over verified, pooled TLS. */
export interface Upstream {
  /**
   * `isPrivateAllowed`: the Provider's host was declared by name, so that it may be on a private network. Throws
   * `malformed_request` when the request cannot be written.
   */
  send(request: UpstreamRequest, isPrivateAllowed: boolean, sink: ResponseSink): Call;
  /** Closes idle connections, and busy ones as they become idle. */
  close(): void;
}

/** Where a host's addresses come from; every one of them has passed the fence. */
export type ResolveHost = (
  host: string,
  port: number,
  isPrivateAllowed: boolean,
) => Promise<readonly Destination[]>;

/** Milliseconds an idle connection is kept when the service does not say: below the shortest common server timeout, 5 s. */
const defaultIdle = 4_000;
/** Longest time an idle connection is kept, whatever the service says. */
const longestIdle = 60_000;

/** The pooled HTTP/1.1 client. One request a connection at a time; the connection used last is used first. */
export function createUpstream(resolveHost: ResolveHost, connect: Connect): Upstream {
  const idle = createIdleConnections();
  let isClosed = false;

  const open = async (authority: Authority, isPrivateAllowed: boolean) => {
    const destinations = await resolveHost(authority.host, authority.port, isPrivateAllowed);
    return createConnection(await connect(authority, destinations));
  };

  return {
    send(request, isPrivateAllowed, sink) {
      const head = formatRequestHead(request);
      const key = `${formatAuthority(request)}${isPrivateAllowed ? ' private' : ''}`;
      const release = (connection: Connection, isReusable: boolean, headers: RawHeaders) => {
        const time = isReusable && !isClosed && !connection.socket.destroyed ? idleTime(headers) : 0;
        if (time > 0) return idle.park(key, connection, time);
        connection.vacate();
        connection.socket.destroy();
      };
      const start = (connection: Connection, target: ResponseSink) =>
        startCall(connection, request, head, target, release);
      const pooled = idle.take(key);
      if (pooled === undefined)
        return deferCall(open(request, isPrivateAllowed), (connection) => start(connection, sink), sink);
      if (request.body.length !== 0 || !isSafe(request.method)) return start(pooled, sink);
      return retryOnce(pooled, start, () => open(request, isPrivateAllowed), sink);
    },
    close() {
      isClosed = true;
      idle.close();
    },
  };
}

/** A call whose connection is still being made. What is written meanwhile waits for `onDrain`. */
function deferCall(
  opening: Promise<Connection>,
  start: (connection: Connection) => Call,
  sink: ResponseSink,
): Call {
  let call: Call | undefined;
  let isAborted = false;
  let ended: RawHeaders | undefined;
  const early: Buffer[] = [];
  const drains: (() => void)[] = [];
  opening
    .then(
      (connection) => {
        if (isAborted) return connection.socket.destroy();
        call = start(connection);
        for (const listener of drains) call.onDrain(listener);
        for (const chunk of early) call.write(chunk);
        if (ended !== undefined) call.end(ended);
        else for (const listener of drains) listener();
        return undefined;
      },
      (error: PaiError) => {
        if (!isAborted) sink.onError(error);
      },
    )
    .catch((thrown: unknown) => sink.onError(toPaiError(thrown, 'the request could not be sent')));
  return {
    write(chunk) {
      if (call !== undefined) return call.write(chunk);
      early.push(chunk);
      return false;
    },
    end(trailers) {
      ended = trailers;
      call?.end(trailers);
    },
    onDrain: (listener) => (call === undefined ? void drains.push(listener) : call.onDrain(listener)),
    resume: () => call?.resume(),
    abort() {
      isAborted = true;
      call?.abort();
    },
  };
}

/**
 * A pooled connection may have been closed by the service while it was idle. A safe request without content that met
 * one is sent again on a new connection, once, and only while no byte of a response has come (RFC 9110 section 9.2.2).
 */
function retryOnce(
  pooled: Connection,
  start: (connection: Connection, sink: ResponseSink) => Call,
  open: () => Promise<Connection>,
  sink: ResponseSink,
): Call {
  let current: Call | undefined;
  current = start(pooled, {
    ...sink,
    onError: (error, isUntouched) => {
      if (isUntouched !== true || error.code !== 'upstream_unreachable') return sink.onError(error);
      current = deferCall(open(), (connection) => start(connection, sink), sink);
    },
  });
  return {
    write: (chunk) => current?.write(chunk) ?? true,
    end: (trailers) => current?.end(trailers),
    onDrain: (listener) => current?.onDrain(listener),
    resume: () => current?.resume(),
    abort: () => current?.abort(),
  };
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function idleTime(headers: RawHeaders): number {
  const said = /\btimeout=(\d{1,6})/i.exec(getHeader(headers, 'keep-alive') ?? '')?.[1];
  if (said === undefined) return defaultIdle;
  return Math.min(longestIdle, Math.max(0, Number(said) * 1_000 - 1_000));
}
