import { randomUUID } from 'node:crypto';
import net, { type Socket } from 'node:net';
import { type Authority, PaiError } from '@pai/core';
import type { Engine } from '../engine.ts';
import type { Terminator } from '../terminate.ts';
import { type ClearOptions, createClearServer, readClearAuthority } from './clear.ts';
import { type Crowd, limitCrowd } from './crowd.ts';
import { type ListenAddress, listen } from './listen.ts';
import { handshakeRecord, peek } from './peek.ts';
import { refuseConnection } from './refuse.ts';
import type { Door } from './tls.ts';

/** What the transparent door needs to know. */
export interface TransparentDoorOptions extends Crowd, ClearOptions {
  readonly at: ListenAddress;
  readonly engine: Engine;
  /** Takes connections that begin as TLS. */
  readonly accept: Terminator['accept'];
  readonly isAnswered: (authority: Authority) => boolean;
}

/**
 * The door for connections to port 443 that the kernel leads here (nftables, iptables REDIRECT). Node cannot ask the
 * kernel where they were going (SO_ORIGINAL_DST), so the server name alone says it, and it is resolved anew. Of connections
 * to port 80 it serves those for a host that Providers answer for themselves.
 */
export async function openTransparentDoor(options: TransparentDoorOptions): Promise<Door> {
  const { at, accept, isAnswered } = options;
  const looking = new Set<Socket>();
  const clear = createClearServer(options);
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy()).once('close', () => looking.delete(socket));
    looking.add(socket);
    peek(socket, readBeginning)
      .then((seen) => {
        if (seen === undefined) return socket.destroy();
        const { isTls, authority } = seen;
        if (authority !== undefined && isAnswered(authority)) return clear.accept(socket, authority);
        looking.delete(socket);
        return isTls ? accept(socket, { portOf: () => 443 }) : refuse(options, socket);
      })
      .catch(() => socket.destroy());
  });
  limitCrowd(server, options);
  const bound = await listen(server, at, 'transparent');
  const destroy = () => {
    for (const socket of looking) socket.destroy();
  };
  const close = () => {
    server.close();
    clear.close();
  };
  return { at: bound, close, destroy };
}

function readBeginning(bytes: Buffer): { isTls: boolean; authority?: Authority } | number {
  if (bytes[0] === handshakeRecord) return { isTls: true };
  const authority = readClearAuthority(bytes);
  if (typeof authority === 'number') return authority;
  return { isTls: false, ...(authority !== undefined && { authority }) };
}

function refuse({ engine, agent }: TransparentDoorOptions, socket: Socket): void {
  const error = new PaiError(
    'plain_http_refused',
    'this connection is not TLS, and a credential travels only over TLS; request https:// instead',
  );
  const facts = { id: randomUUID(), method: '', host: '', port: 443, path: '' };
  refuseConnection(socket, error, { ...facts, ...(agent !== undefined && { agent }) }, engine);
}
