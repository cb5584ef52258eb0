import net from 'node:net';
import type { Authority } from '@pai/core';
import { isLoopback } from '../loopback.ts';
import type { Terminator } from '../terminate.ts';
import { type Crowd, limitCrowd } from './crowd.ts';
import { type ListenAddress, listen } from './listen.ts';

/** A listening door. */
export interface Door {
  /** Where it really listens. */
  readonly at: ListenAddress;
  /** Takes no new connections. */
  close(): void;
  /** Cuts off what this door serves itself. */
  destroy?(): void;
}

/** What the TLS door needs to know. */
export interface TlsDoorOptions extends Crowd {
  readonly at: ListenAddress;
  /** Takes every connection. */
  readonly accept: Terminator['accept'];
  readonly isClaimed: (authority: Authority) => boolean;
}

/** The door that DNS leads to: TLS at once, the host named by SNI. */
export async function openTlsDoor(options: TlsDoorOptions): Promise<Door> {
  const { at, accept, isClaimed } = options;
  const place = isLoopback(at.address) ? { isNearby: true } : {};
  let port = at.port;
  const portOf = (host: string) => (isClaimed({ host, port }) ? port : 443);
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    accept(socket, { portOf, alias: port, ...place });
  });
  limitCrowd(server, options);
  const bound = await listen(server, at, 'TLS');
  port = bound.port;
  return { at: bound, close: () => void server.close() };
}
