import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { PaiError, type RequestFacts, toPaiError } from '@pai/core';
import type { Arrival, Terminator } from '../terminate.ts';
import { readClientHello } from './client-hello.ts';
import { peek } from './peek.ts';
import type { Tunnel } from './tunnel.ts';

/** What decides whether a connection stays unread. */
export interface PassthroughOptions {
  readonly terminator: Terminator;
  readonly tunnel: Tunnel;
  /** Whether a Provider answers for this host (lower case, no trailing dot), on any port. */
  readonly isClaimedHost: (host: string) => boolean;
  /** Takes a connection that began with no ClientHello. */
  readonly onMalformed: (facts: RequestFacts, status: number, reason: string) => void;
  readonly agent: string | undefined;
}

/**
 * Stands before the terminator with `egress: tunnel`. A connection whose ClientHello names one host, which no Provider
 * claims, is carried there unread; every other one has its TLS ended, where the refusal can say why.
 */
export function createPassthrough(options: PassthroughOptions): Terminator {
  const { terminator, tunnel, isClaimedHost, onMalformed, agent } = options;
  const looking = new Set<Socket>();

  const route = async (socket: Socket, arrival: Arrival) => {
    const hello = await peek(socket, readClientHello);
    if (hello === undefined) return void socket.destroy();
    const host = hello.serverName;
    if (host === undefined || isClaimedHost(host)) return terminator.accept(socket, arrival);
    try {
      if (tunnel.isOwn(socket)) throw ledBack(host);
      await tunnel.connect({ host, port: 443 }, socket, Buffer.alloc(0), '');
    } catch (thrown) {
      const refusal = toPaiError(thrown, `${host} cannot be reached`);
      terminator.accept(socket, { ...arrival, refusal });
    }
  };

  return {
    accept(socket, arrival) {
      looking.add(socket);
      route(socket, arrival)
        .catch((thrown: unknown) => {
          const { message } = toPaiError(thrown, 'the connection could not be read');
          const facts = { id: randomUUID(), method: '', host: '', port: 443, path: '' };
          onMalformed({ ...facts, ...(agent !== undefined && { agent }) }, 0, message);
          socket.destroy();
        })
        .finally(() => looking.delete(socket));
    },
    destroy() {
      for (const socket of looking) socket.destroy();
    },
  };
}

function ledBack(host: string): PaiError {
  return new PaiError(
    'destination_forbidden',
    `the way to ${host} leads back to this sidecar; leave the sidecar's own user out of the redirect`,
  );
}
