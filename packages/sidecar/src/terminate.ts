import { constants } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { type Authority, type PaiError, parseAuthority } from '@pai/core';
import type { ConnectionAuthority } from './agent/authority.ts';
import { isLoopback } from './loopback.ts';
import { createRegister, type Registered } from './register.ts';

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
  /** Whether this door is reached from this machine only; left out, each connection is asked. */
  readonly isNearby?: boolean;
}

/** What each connection has said about whom it is for. */
export type ConnectionAuthorities = WeakMap<Duplex, ConnectionAuthority>;

/** What ends an agent's TLS. */
export interface TerminateOptions {
  readonly contextFor: (serverName: string) => tls.SecureContext;
  /**
   * Certificate and key for clients that send no server name: of the address that CONNECT named, for which none is ever sent
   * (RFC 6066 section 3), else of `localhost`, since without one their handshake fails unexplained.
   */
  readonly fallbackFor: (host: string) => Fallback;
  readonly authorities: ConnectionAuthorities;
  /** Serves a connection; `authorities` knows it by then. */
  readonly serve: (socket: tls.TLSSocket) => void;
  /** Milliseconds an agent has for its handshake. Default 10,000. */
  readonly handshakeDeadline?: number | undefined;
  readonly onHandshakeError: (arrival: Arrival, error: NodeJS.ErrnoException) => void;
}

interface Fallback {
  readonly cert: string;
  readonly key: string;
}

/** Ends the TLS of agents' connections. */
export interface Terminator {
  accept(socket: Socket, arrival: Arrival): void;
  /** Cuts every connection off. */
  destroy(): void;
}

/** Certificates are made per server name, so that a handshake completes and the refusal can say why. */
export function createTerminator(options: TerminateOptions): Terminator {
  const sockets = createRegister<{ readonly socket: Socket } & Registered>();
  const readName = createNameReader();
  const optionsFor = (host: string, isNearby: boolean) =>
    socketOptions(options, (isNearby ? quickestContext : serverContext)(options.fallbackFor(host)));
  const nearby = optionsFor('localhost', true);
  let remote: ReturnType<typeof socketOptions> | undefined;
  const forRemote = () => {
    remote ??= optionsFor('localhost', false);
    return remote;
  };
  const settingsFor = ({ expected }: Arrival, isNearby: boolean) => {
    if (expected !== undefined && isIP(expected.host) > 0) return optionsFor(expected.host, isNearby);
    return isNearby ? nearby : forRemote();
  };
  return {
    accept(socket, arrival) {
      // It would never say that it closes.
      if (socket.destroyed) return;
      const open = { socket, index: 0 };
      sockets.add(open);
      socket.once('close', () => sockets.remove(open));
      const isNearby = arrival.isNearby ?? isLoopback(socket.localAddress ?? '');
      const secure = new tls.TLSSocket(socket, settingsFor(arrival, isNearby));
      followHandshake(secure, {
        onSecure() {
          options.authorities.set(secure, authorityOf(readName(secure), arrival));
          options.serve(secure);
        },
        onFailure(error) {
          // A connection that broke before anything was asked for is no failure.
          if (error.syscall === undefined) options.onHandshakeError(arrival, error);
        },
      });
    },
    destroy() {
      for (const { socket } of sockets.items()) socket.destroy();
    },
  };
}

function socketOptions(
  { contextFor, handshakeDeadline }: TerminateOptions,
  secureContext: tls.SecureContext,
): tls.TLSSocketOptions & Pick<tls.TlsOptions, 'handshakeTimeout'> {
  return {
    isServer: true,
    secureContext,
    // As bytes (RFC 7301 section 3.1), so that they are not put together for each connection.
    ALPNProtocols: Buffer.from('\x02h2\x08http/1.1', 'latin1'),
    handshakeTimeout: handshakeDeadline ?? defaultHandshakeDeadline,
    SNICallback: (name, done) => {
      try {
        done(null, contextFor(name.toLowerCase()));
      } catch (error) {
        done(error as Error);
      }
    },
  };
}

/**
 * Algorithms are those of the context a connection begins with, whichever certificate it gets. Without tickets: of a
 * resumed session of TLS 1.2 Node gives no server name, and in TLS 1.3 resuming costs it as much as a full handshake.
 */
function serverContext(options: tls.SecureContextOptions): tls.SecureContext {
  const secureOptions = constants.SSL_OP_NO_TICKET;
  return tls.createSecureContext({
    ...options,
    secureOptions,
    ciphers: quickestFirst(),
    honorCipherOrder: true,
  });
}

/** AES-256 and SHA-384, which Node and most clients put first, cost more and protect a connection no better. */
function quickestFirst(): string {
  const quickest = 'TLS_AES_128_GCM_SHA256';
  const suites = tls.DEFAULT_CIPHERS.split(':');
  if (!suites.includes(quickest)) return tls.DEFAULT_CIPHERS;
  return [quickest, ...suites.filter((suite) => suite !== quickest)].join(':');
}

/**
 * For connections that do not leave the machine: nobody can record those for a quantum computer, so that X25519 comes
 * before its twice as dear hybrid with ML-KEM. OpenSSL before 3.5 has no hybrid, and X25519 first by itself.
 */
function quickestContext(options: tls.SecureContextOptions): tls.SecureContext {
  try {
    return serverContext({ ...options, ecdhCurve: 'X25519:X25519MLKEM768:P-256:P-384:P-521' });
  } catch {
    return serverContext(options);
  }
}

/** Calls one of both, once. What fails later ends the connection, which its own listeners see. */
function followHandshake(
  secure: tls.TLSSocket,
  { onSecure, onFailure }: { onSecure: () => void; onFailure: (error: NodeJS.ErrnoException) => void },
): void {
  let isOver = false;
  const onError = (error: Error) => {
    if (isOver) return void secure.destroy(error);
    isOver = true;
    onFailure(error);
    secure.destroy();
  };
  secure.on('error', onError);
  // Node's own server listens to these two, and says by the third that it is done. Through it, nothing tells which
  // connection a secured one stands on.
  secure.on('_tlsError', onError);
  secure.on('secure', () => {
    if (isOver || secure.destroyed) return;
    isOver = true;
    Object.assign(secure, { secureConnecting: false });
    onSecure();
  });
}

function authorityOf(
  sni: string | undefined,
  { expected, portOf, alias, refusal }: Arrival,
): ConnectionAuthority {
  if (expected !== undefined)
    return { ...expected, ...(sni !== undefined && sni !== expected.host && { conflict: sni }) };
  return {
    host: sni,
    port: sni === undefined ? 443 : portOf(sni),
    ...(alias !== undefined && { alias }),
    ...(refusal !== undefined && { refusal }),
  };
}

/** Connections come in runs for one host, whose name is read once then. */
function createNameReader(): (secure: tls.TLSSocket) => string | undefined {
  let latest: string | undefined;
  let host: string | undefined;
  return (secure) => {
    const name: unknown = (secure as { servername?: unknown }).servername;
    if (typeof name !== 'string' || name === '') return undefined;
    if (name !== latest) host = hostOf(name);
    latest = name;
    return host;
  };
}

function hostOf(name: string): string | undefined {
  try {
    return parseAuthority(name, 443).host;
  } catch {
    return undefined;
  }
}
