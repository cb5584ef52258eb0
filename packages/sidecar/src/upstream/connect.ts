import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers';
import tls from 'node:tls';
import { type Authority, isPaiError, PaiError } from '@pai/core';

/** One place to dial. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

/** How connections to services are made. */
export interface ConnectOptions {
  /** Trusted roots, shared by every connection: building one per connection costs milliseconds. */
  readonly secureContext: tls.SecureContext;
  /** Milliseconds for TCP and TLS together, over all destinations. */
  readonly timeout: number;
}

/**
 * Milliseconds of silence after which TCP asks whether the other side is there: gateways that translate addresses forget a
 * connection after minutes, and an agent's own asking ends at the sidecar.
 */
export const keepAliveDelay = 60_000;

/** A protocol as it is offered in a handshake (ALPN, RFC 7301). */
export type Protocol = 'http/1.1' | 'h2';

/** Opens connections that speak one protocol. */
export type Connect = (
  authority: Authority,
  destinations: readonly Destination[],
  protocol: Protocol,
) => Promise<Socket>;

/**
 * Dials `destinations` in order until one completes a handshake with a certificate for the authority's host, and
 * resumes sessions. Rejects with `upstream_untrusted` (certificate), `upstream_protocol` (see
 * {@link isProtocolRefusal}), `upstream_timeout` or `upstream_unreachable`; no message has an address.
 */
export function createConnect({ secureContext, timeout }: ConnectOptions): Connect {
  const sessions = new Map<string, Buffer>();
  return (authority, destinations, protocol) =>
    dialInTurn({ host: authority.host, destinations, timeout }, (destination, left) =>
      dial(authority, destination, { protocol, secureContext, sessions, timeout: left }),
    );
}

/** What is dialled for one connection. */
export interface Dialled {
  readonly host: string;
  readonly destinations: readonly Destination[];
  /** Milliseconds for all of them together. */
  readonly timeout: number;
}

/**
 * Dials in order until one is reached, each but the last with half of the milliseconds that are left. Rejects as the last
 * one did, and without going on for anything but `upstream_unreachable` and `upstream_timeout`.
 */
export async function dialInTurn<Connected>(
  { host, destinations, timeout }: Dialled,
  dial: (destination: Destination, left: number) => Promise<Connected>,
): Promise<Connected> {
  const deadline = performance.now() + timeout;
  let failure = new PaiError('upstream_unreachable', `${host} has no address`);
  for (const destination of destinations) {
    const left = deadline - performance.now();
    if (left <= 0) break;
    try {
      return await dial(destination, destination === destinations.at(-1) ? left : left / 2);
    } catch (thrown) {
      failure = thrown as PaiError;
      if (failure.code !== 'upstream_unreachable' && failure.code !== 'upstream_timeout') break;
    }
  }
  throw failure;
}

/** The alert `no_application_protocol` (RFC 7301 section 3.2), and a handshake that agreed on no protocol at all. */
const refusedProtocol = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';

/** Whether a connection failed only because the service does not speak the protocol that was offered. */
export function isProtocolRefusal(thrown: unknown): boolean {
  if (!isPaiError(thrown) || thrown.code !== 'upstream_protocol') return false;
  return (thrown.cause as NodeJS.ErrnoException | undefined)?.code === refusedProtocol;
}

/** What {@link isProtocolRefusal} is true of. */
export function protocolRefusal(host: string, protocol: Protocol): PaiError {
  const cause = Object.assign(new Error('no protocol was agreed on'), { code: refusedProtocol });
  const name = protocol === 'h2' ? 'HTTP/2' : 'HTTP/1.1';
  return new PaiError('upstream_protocol', `${host} does not speak ${name}`, { cause });
}

interface DialOptions {
  readonly protocol: Protocol;
  readonly secureContext: tls.SecureContext;
  readonly sessions: Map<string, Buffer>;
  readonly timeout: number;
}

function dial(
  { host, port }: Authority,
  destination: Destination,
  options: DialOptions,
): Promise<tls.TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<tls.TLSSocket>();
  const { protocol } = options;
  const key = `${host}:${port} ${protocol}`;
  const session = options.sessions.get(key);
  const isName = /[a-z]/i.test(host) && !host.includes(':');
  const socket = tls.connect({
    host: destination.address,
    port: destination.port,
    secureContext: options.secureContext,
    ALPNProtocols: [protocol],
    ...(isName && { servername: host }),
    ...(session !== undefined && { session }),
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) =>
      tls.checkServerIdentity(host.replace(/^\[|\]$/g, ''), certificate),
  });
  socket
    .setNoDelay(true)
    .setKeepAlive(true, keepAliveDelay)
    .on('error', () => {});
  const refuse = (why: PaiError) => {
    clearTimeout(timer);
    // One that a service cannot resume it would be offered for ever.
    options.sessions.delete(key);
    reject(why);
    socket.destroy();
  };
  const timer = setTimeout(() => {
    refuse(new PaiError('upstream_timeout', `${host} did not complete a TLS handshake in time`));
  }, options.timeout);
  socket.on('session', (ticket) => {
    if (options.sessions.size > 1_000) options.sessions.clear();
    options.sessions.set(key, ticket);
  });
  const onError = (error: NodeJS.ErrnoException) =>
    refuse(error.code === refusedProtocol ? protocolRefusal(host, protocol) : connectError(host, error));
  socket.once('error', onError);
  socket.once('secureConnect', () => {
    if (protocol === 'h2' && socket.alpnProtocol !== 'h2') return refuse(protocolRefusal(host, protocol));
    clearTimeout(timer);
    socket.off('error', onError);
    return resolve(socket);
  });
  return promise;
}

/** What went wrong, without an address: an agent must not learn where a name leads. */
function connectError(host: string, error: Error): PaiError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const refuse = (message: string) => new PaiError('upstream_untrusted', message, { cause: error });
  if (/^(?:EPROTO$|ERR_SSL|ERR_TLS_(?!CERT))/.test(code)) {
    return refuse(
      `${host} does not agree on TLS (${code}); the credential was not sent. Check that its port is one of https, that it takes TLS 1.2 or 1.3, and that it asks for no client certificate`,
    );
  }
  // Node's names of what its verification finds; all others begin like this.
  if (!/^(?:E[A-Z0-9]+$|ERR_(?!TLS_CERT)|unknown)/.test(code)) {
    return refuse(
      `the certificate of ${host} cannot be trusted (${code}); the credential was not sent. If the service has a CA of its own, name it with --upstream-ca`,
    );
  }
  const message = `${host} cannot be reached (${code}); check that the service is up and that the sidecar may reach it`;
  return new PaiError('upstream_unreachable', message, { cause: error });
}
