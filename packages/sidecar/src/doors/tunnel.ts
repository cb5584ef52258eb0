import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Authority, PaiError } from '@pai/core';
import type { Exchange } from '../agent/exchange.ts';
import type { Engine } from '../engine.ts';
import { splice } from '../splice.ts';
import { createPlainConnect } from '../upstream/connect-plain.ts';
import { createUpstream, type ResolveHost } from '../upstream/pool.ts';

/** Carries traffic that no Provider claims, unread and without any credential. */
export interface Tunnel {
  /**
   * Answers with `greeting` (default: that the tunnel is there), then carries bytes. Rejects with `PaiError` before
   * anything was answered or read.
   */
  connect(authority: Authority, agent: Socket, head: Buffer, greeting?: string): Promise<void>;
  /** Whether a connection that came in is the far end of a tunnel: a redirect led it back here. */
  isOwn(socket: Socket): boolean;
  /** A request in clear, by HTTP_PROXY. */
  relay(exchange: Exchange): void;
  /** Cuts every tunnel off. */
  destroy(): void;
}

const established = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** Most tunnels at one time, unless it is said otherwise. */
const defaultMaxTunnels = 4_000;
/** Milliseconds to reach a destination. */
const connectDeadline = 10_000;

/** What tunnels need to know. */
export interface TunnelOptions {
  readonly engine: Engine;
  readonly resolveHost: ResolveHost;
  readonly agent: string | undefined;
  readonly maxTunnels?: number | undefined;
  /** Milliseconds without a byte either way after which a tunnel is closed. */
  readonly idleDeadline?: number | undefined;
}

/** Tunnels for `egress: tunnel`. The fence holds for them too, and only the ports of HTTPS and HTTP are reached. */
export function createTunnel(options: TunnelOptions): Tunnel {
  const { engine, resolveHost, agent, maxTunnels = defaultMaxTunnels, idleDeadline } = options;
  const open = new Set<Socket>();
  let dialling = 0;
  const connectPlain = createPlainConnect(connectDeadline);

  const dial = async (authority: Authority): Promise<Socket> => {
    checkPort(authority, 443);
    if (open.size + dialling >= maxTunnels)
      throw new PaiError('overloaded', `${maxTunnels} tunnels are open already; close one first`);
    dialling += 1;
    try {
      const destinations = await resolveHost(authority.host, authority.port, false);
      const socket = await connectPlain(authority, destinations, 'http/1.1');
      open.add(socket);
      return socket.once('close', () => open.delete(socket));
    } finally {
      dialling -= 1;
    }
  };
  const plain = createUpstream((host, port, isPrivateAllowed) => {
    checkPort({ host, port }, 80);
    return resolveHost(host, port, isPrivateAllowed);
  }, connectPlain);

  return {
    async connect(authority, agentSocket, head, greeting = established) {
      const upstream = await dial(authority);
      const started = performance.now();
      const known = {
        id: randomUUID(),
        method: 'CONNECT',
        ...authority,
        path: '',
        ...(agent !== undefined && { agent }),
      };
      if (agentSocket.destroyed) {
        upstream.destroy();
        return engine.note(known, { decision: 'tunnel', rule: 'egress', error: 'agent_gone' });
      }
      const carried = { bytes_in: head.length, bytes_out: 0 };
      // One side may have said all it has to say while the other has not.
      agentSocket.allowHalfOpen = true;
      upstream.allowHalfOpen = true;
      if (greeting !== '') agentSocket.write(greeting);
      if (head.length > 0) upstream.write(head);
      splice(agentSocket, upstream, {
        carried,
        idleDeadline,
        onEnd: () =>
          engine.note(known, {
            decision: 'tunnel',
            rule: 'egress',
            status: 200,
            ...carried,
            duration_ms: Math.round(performance.now() - started),
          }),
      });
    },
    relay: (exchange) => engine.relay(exchange, plain),
    isOwn: ({ remoteAddress, remotePort }) =>
      [...open].some(
        ({ localAddress, localPort }) =>
          localPort === remotePort && localAddress === remoteAddress?.replace('::ffff:', ''),
      ),
    destroy() {
      plain.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function checkPort({ port }: Authority, expected: number): void {
  if (port !== expected)
    throw new PaiError('egress_denied', `tunnels reach port ${expected} only, not ${port}`);
}
