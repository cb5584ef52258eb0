import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Authority, PaiError } from '@pai/core';
import type { Exchange } from '../agent/exchange.ts';
import type { AuditLog } from '../audit-log.ts';
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
  /** The configuration has changed: cuts off the tunnels to hosts that a Provider claims now. */
  reconsider(): void;
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
  readonly audit: Pick<AuditLog, 'obstacle'>;
  readonly isClaimed: (authority: Authority) => boolean;
  readonly resolveHost: ResolveHost;
  readonly agent: string | undefined;
  readonly maxTunnels?: number | undefined;
  /** Milliseconds without a byte either way after which a tunnel is closed. */
  readonly idleDeadline?: number | undefined;
}

/** Tunnels for `egress: tunnel`. The fence holds for them too, and only the ports of HTTPS and HTTP are reached. */
export function createTunnel(options: TunnelOptions): Tunnel {
  const { engine, audit, isClaimed, resolveHost, agent, idleDeadline } = options;
  const { maxTunnels = defaultMaxTunnels } = options;
  const open = new Map<Socket, Authority>();
  let dialling = 0;
  const connectPlain = createPlainConnect(connectDeadline);
  const isTaken = (authority: Authority) => isClaimed(authority) || isClaimed({ ...authority, port: 443 });

  const dial = async (authority: Authority): Promise<Socket> => {
    checkPort(authority, [443, 80]);
    const obstacle = audit.obstacle();
    if (obstacle !== undefined) throw obstacle;
    if (open.size + dialling >= maxTunnels)
      throw new PaiError('overloaded', `${maxTunnels} tunnels are open already; close one first`);
    dialling += 1;
    try {
      const destinations = await resolveHost(authority.host, authority.port, false);
      const socket = await connectPlain(authority, destinations, 'http/1.1');
      open.set(socket, authority);
      return socket.once('close', () => open.delete(socket));
    } finally {
      dialling -= 1;
    }
  };
  const resolvePlain: ResolveHost = (host, port, isPrivateAllowed) => {
    checkPort({ host, port }, [80]);
    return resolveHost(host, port, isPrivateAllowed);
  };
  const plain = createUpstream(resolvePlain, connectPlain, 80);

  return {
    async connect(authority, agentSocket, head, greeting = established) {
      const upstream = await dial(authority);
      if (isTaken(authority)) {
        upstream.destroy();
        throw claimedMeanwhile(authority);
      }
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
      [...open.keys()].some(
        ({ localAddress, localPort }) =>
          localPort === remotePort && localAddress === remoteAddress?.replace('::ffff:', ''),
      ),
    reconsider() {
      for (const [socket, authority] of open) if (isTaken(authority)) socket.destroy();
    },
    destroy() {
      plain.close();
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

function claimedMeanwhile({ host }: Authority): PaiError {
  return new PaiError(
    'egress_denied',
    `a Provider that claims ${host} has just been attached; connect again`,
  );
}

function checkPort({ port }: Authority, reached: readonly number[]): void {
  if (!reached.includes(port))
    throw new PaiError('egress_denied', `tunnels reach port ${reached.join(' and ')} only, not ${port}`);
}
