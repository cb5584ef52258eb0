import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import type { Ca } from '@pai/sidecar';

/** TLS, for any server name, before a service that speaks none. */
export interface TlsGate {
  readonly port: number;
  close(): Promise<void>;
}

/** Passes every byte on to `to`, on 127.0.0.1. HTTP/1.1 only. */
export async function startTlsGate(ca: Ca, to: number): Promise<TlsGate> {
  const sockets = new Set<Socket>();
  const contexts = new Map<string, tls.SecureContext>();
  const contextOf = (name: string) => {
    const context = contexts.get(name) ?? tls.createSecureContext(ca.leafFor(name));
    contexts.set(name, context);
    return context;
  };
  const options = {
    ...ca.leafFor('amazonaws.com'),
    ALPNProtocols: ['http/1.1'],
    SNICallback: (name: string, done: (error: null, context: tls.SecureContext) => void) =>
      done(null, contextOf(name)),
  };
  const server = tls.createServer(options, (client) => {
    const service = net.connect(to, '127.0.0.1');
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.once('close', () => sockets.delete(socket));
      socket.pipe(other);
    }
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
