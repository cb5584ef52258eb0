import { randomUUID } from 'node:crypto';
import net, { type Socket } from 'node:net';
import { PaiError } from '@pai/core';
import type { Engine } from '../engine.ts';
import type { Terminator } from '../terminate.ts';
import { type Crowd, limitCrowd } from './crowd.ts';
import { type ListenAddress, listen } from './listen.ts';
import { peek } from './peek.ts';
import { refuseConnection } from './refuse.ts';
import type { Door } from './tls.ts';

/** What the transparent door needs to know. */
export interface TransparentDoorOptions extends Crowd {
  readonly at: ListenAddress;
  readonly engine: Engine;
  /** Takes connections that begin as TLS. */
  readonly accept: Terminator['accept'];
  readonly agent: string | undefined;
}

/**
 * The door for connections to port 443 that the kernel leads here (nftables, iptables REDIRECT). Node cannot ask the
 * kernel where they were going (SO_ORIGINAL_DST), so the server name alone says it, and it is resolved anew.
 */
export async function openTransparentDoor(options: TransparentDoorOptions): Promise<Door> {
  const { at, accept } = options;
  const looking = new Set<Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    looking.add(socket);
    peek(socket, (bytes) => ({ isTls: bytes[0] === handshakeRecord }))
      .then((seen) => {
        if (seen === undefined) socket.destroy();
        else if (seen.isTls) accept(socket, { portOf: () => 443 });
        else refuse(options, socket);
      })
      .catch(() => socket.destroy())
      .finally(() => looking.delete(socket));
  });
  limitCrowd(server, options);
  const bound = await listen(server, at, 'transparent');
  const destroy = () => {
    for (const socket of looking) socket.destroy();
  };
  return { at: bound, close: () => void server.close(), destroy };
}

/** The content type of a TLS record that carries a handshake (RFC 8446 section 5.1). */
const handshakeRecord = 22;

function refuse({ engine, agent }: TransparentDoorOptions, socket: Socket): void {
  const error = new PaiError(
    'plain_http_refused',
    'this connection is not TLS, and a credential travels only over TLS; request https:// instead',
  );
  const facts = { id: randomUUID(), method: '', host: '', port: 443, path: '' };
  refuseConnection(socket, error, { ...facts, ...(agent !== undefined && { agent }) }, engine);
}
