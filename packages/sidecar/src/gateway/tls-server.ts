import type { Socket } from 'node:net';
import tls from 'node:tls';
import { type Crowd, defaultMaxConnections } from '../doors/crowd.ts';
import { type ListenAddress, listen } from '../doors/listen.ts';
import type { Door } from '../doors/tls.ts';
import type { Identity } from './identity.ts';
import type { Strangers } from './strangers.ts';

/** What a server of TLS needs. */
export interface TlsServerOptions extends Crowd {
  readonly at: ListenAddress;
  readonly identity: Identity;
  /** Whoever came and has no key makes room for others when it is full. */
  readonly strangers: Strangers;
  /** Takes a connection whose handshake is done. */
  readonly accept: (socket: tls.TLSSocket) => void;
  readonly onHandshakeError: (error: NodeJS.ErrnoException) => void;
  /** Milliseconds for a handshake. Default 10,000. */
  readonly handshakeDeadline?: number | undefined;
}

/** Opens a door for HTTP/1.1 over TLS 1.2 and later. Rejects with `address_in_use`. */
export async function openTlsServer(options: TlsServerOptions): Promise<Door> {
  const { at, identity, strangers, accept, onHandshakeError, handshakeDeadline = 10_000 } = options;
  const { maxConnections = defaultMaxConnections, onCrowded } = options;
  const sockets = new Set<Socket>();
  const minVersion = 'TLSv1.2';
  const server = tls.createServer({
    ...identity.fallback,
    ALPNProtocols: ['http/1.1'],
    minVersion,
    noDelay: true,
    handshakeTimeout: handshakeDeadline,
    SNICallback: (name, done) => {
      try {
        done(null, identity.contextFor(name.toLowerCase()));
      } catch (error) {
        done(error as Error);
      }
    },
  });
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy());
    if (sockets.size >= maxConnections) {
      onCrowded(maxConnections);
      if (!strangers.evict()) return void socket.destroy();
    }
    strangers.add(socket);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (secure) => {
    secure.on('error', () => secure.destroy());
    accept(secure);
  });
  server.on('tlsClientError', (error, secure) => {
    onHandshakeError(error);
    secure.destroy();
  });
  const renewal = identity.watch(({ cert, key }) => server.setSecureContext({ cert, key, minVersion }));
  const bound = await listen(server, at, 'gateway').catch((thrown: unknown) => {
    renewal.close();
    throw thrown;
  });
  return {
    at: bound,
    close() {
      renewal.close();
      server.close();
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
