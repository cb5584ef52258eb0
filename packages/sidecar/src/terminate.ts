import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { type Authority, type PaiError, parseAuthority } from '@pai/core';
import type { ConnectionAuthority } from './agent/authority.ts';

/** Milliseconds an agent has for its TLS handshake, unless it is said otherwise. */
const defaultHandshakeDeadline = 10_000;

/** What a door knows of a connection that it hands over. */
export interface Arrival {
  /** From CONNECT; the SNI must name the same host. */
  readonly expected?: Authority;
  /** The port a host is claimed on, when only SNI names it. */
  readonly portOf: (host: string) => number;
  /** The port this door listens on, which agents may write where they mean the claimed one. */
  readonly alias?: number;
  /** Why every request on it is refused. */
  readonly refusal?: PaiError;
}

/** What each connection has said about whom it is for. */
export type ConnectionAuthorities = WeakMap<Duplex, ConnectionAuthority>;

/** What ends an agent's TLS. */
export interface TerminateOptions {
  readonly contextFor: (serverName: string) => tls.SecureContext;
  /** Certificate and key for clients that send no server name: without one their handshake fails unexplained. */
  readonly fallback: { readonly cert: string; readonly key: string };
  readonly authorities: ConnectionAuthorities;
  /** Serves a connection; `authorities` knows it by then. */
  readonly serve: (socket: tls.TLSSocket) => void;
  /** Milliseconds an agent has for its handshake. Default 10,000. */
  readonly handshakeDeadline?: number | undefined;
  readonly onHandshakeError: (arrival: Arrival, error: NodeJS.ErrnoException) => void;
}

/** Ends the TLS of agents' connections. */
export interface Terminator {
  accept(socket: Socket, arrival: Arrival): void;
  /** Cuts every connection off. */
  destroy(): void;
}

/** Certificates are made per server name, so that a handshake completes and the refusal can say why. */
export function createTerminator(options: TerminateOptions): Terminator {
  const arrivals = new Map<string, Arrival>();
  const sockets = new Set<Socket>();
  const server = tls.createServer({
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: options.handshakeDeadline ?? defaultHandshakeDeadline,
    SNICallback: (name, done) => {
      try {
        done(null, options.contextFor(name.toLowerCase()));
      } catch (error) {
        done(error as Error);
      }
    },
    ...options.fallback,
  });
  server.on('secureConnection', (secure) => {
    const arrival = arrivals.get(flowOf(secure));
    if (arrival === undefined) {
      secure.destroy();
      return;
    }
    secure.on('error', () => secure.destroy());
    options.authorities.set(secure, authorityOf(secure, arrival));
    options.serve(secure);
  });
  server.on('tlsClientError', (error, secure) => {
    const arrival = arrivals.get(flowOf(secure));
    if (arrival !== undefined) options.onHandshakeError(arrival, error);
    secure.destroy();
  });
  return {
    accept(socket, arrival) {
      // It would never say that it closes.
      if (socket.destroyed) return;
      const flow = flowOf(socket);
      arrivals.set(flow, arrival);
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (arrivals.get(flow) === arrival) arrivals.delete(flow);
      });
      server.emit('connection', socket);
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Names a connection: Node's TLS server does not say which socket a secured one stands on. */
function flowOf(socket: Socket): string {
  return `${socket.localAddress}:${socket.localPort} ${socket.remoteAddress}:${socket.remotePort}`;
}

function authorityOf(
  secure: tls.TLSSocket,
  { expected, portOf, alias, refusal }: Arrival,
): ConnectionAuthority {
  const sni = nameOf(secure);
  if (expected !== undefined)
    return { ...expected, ...(sni !== undefined && sni !== expected.host && { conflict: sni }) };
  return {
    host: sni,
    port: sni === undefined ? 443 : portOf(sni),
    ...(alias !== undefined && { alias }),
    ...(refusal !== undefined && { refusal }),
  };
}

function nameOf(secure: tls.TLSSocket): string | undefined {
  const name: unknown = (secure as { servername?: unknown }).servername;
  if (typeof name !== 'string' || name === '') return undefined;
  try {
    return parseAuthority(name, 443).host;
  } catch {
    return undefined;
  }
}
