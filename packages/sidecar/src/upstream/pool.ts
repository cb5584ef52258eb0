import type tls from 'node:tls';
import {
  type Authority,
  formatAuthority,
  getHeader,
  type PaiError,
  type RawHeaders,
  toPaiError,
  type UpstreamRequest,
} from '@pai/core';
import { type Call, type ResponseSink, startCall } from './call.ts';
import type { Connect, Destination } from './connect.ts';
import { formatRequestHead } from './request-head.ts';

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

/** An idle connection, and what ends its idleness for good. */
interface Parked {
  readonly socket: tls.TLSSocket;
  readonly drop: () => void;
}

/** Whatever happens on an idle connection makes it useless. */
const endings = ['data', 'end', 'error', 'close', 'timeout'] as const;

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
  const idle = new Map<string, Parked[]>();
  let isClosed = false;

  const park = (key: string, socket: tls.TLSSocket, headers: RawHeaders) => {
    const list = idle.get(key) ?? [];
    idle.set(key, list);
    const drop = () => {
      const at = list.findIndex((parked) => parked.socket === socket);
      if (at !== -1) list.splice(at, 1);
      if (list.length === 0 && idle.get(key) === list) idle.delete(key);
      socket.destroy();
    };
    list.push({ socket, drop });
    for (const event of endings) socket.on(event, drop);
    socket.setTimeout(idleTime(headers));
    socket.resume();
  };

  const take = (key: string): tls.TLSSocket | undefined => {
    const parked = idle.get(key)?.pop();
    if (parked === undefined) return undefined;
    for (const event of endings) parked.socket.off(event, parked.drop);
    parked.socket.setTimeout(0);
    return parked.socket;
  };

  const open = async (authority: Authority, isPrivateAllowed: boolean) =>
    connect(authority, await resolveHost(authority.host, authority.port, isPrivateAllowed));

  return {
    send(request, isPrivateAllowed, sink) {
      const head = formatRequestHead(request);
      const key = `${formatAuthority(request)}${isPrivateAllowed ? ' private' : ''}`;
      const release = (socket: tls.TLSSocket, isReusable: boolean, headers: RawHeaders) => {
        if (isReusable && !isClosed && !socket.destroyed && idleTime(headers) > 0) park(key, socket, headers);
        else socket.destroy();
      };
      const start = (socket: tls.TLSSocket, target: ResponseSink) =>
        startCall(socket, request, head, target, release);
      const pooled = take(key);
      if (pooled === undefined)
        return deferCall(open(request, isPrivateAllowed), (socket) => start(socket, sink), sink);
      if (request.body.length !== 0 || !isSafe(request.method)) return start(pooled, sink);
      return retryOnce(pooled, start, () => open(request, isPrivateAllowed), sink);
    },
    close() {
      isClosed = true;
      for (const list of idle.values()) for (const { drop } of [...list]) drop();
      idle.clear();
    },
  };
}

/** A call whose connection is still being made. What is written meanwhile waits for `onDrain`. */
function deferCall(
  opening: Promise<tls.TLSSocket>,
  start: (socket: tls.TLSSocket) => Call,
  sink: ResponseSink,
): Call {
  let call: Call | undefined;
  let isAborted = false;
  let ended: RawHeaders | undefined;
  const early: Buffer[] = [];
  const drains: (() => void)[] = [];
  opening
    .then(
      (socket) => {
        if (isAborted) return socket.destroy();
        call = start(socket);
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
  pooled: tls.TLSSocket,
  start: (socket: tls.TLSSocket, sink: ResponseSink) => Call,
  open: () => Promise<tls.TLSSocket>,
  sink: ResponseSink,
): Call {
  let current: Call | undefined;
  current = start(pooled, {
    ...sink,
    onError: (error, isUntouched) => {
      if (isUntouched !== true || error.code !== 'upstream_unreachable') return sink.onError(error);
      current = deferCall(open(), (socket) => start(socket, sink), sink);
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
