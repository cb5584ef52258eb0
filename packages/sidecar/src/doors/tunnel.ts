import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type Authority,
  endToEnd,
  getHeader,
  PaiError,
  type RequestFacts,
  refusalResponse,
  toPaiError,
  withoutHeaders,
} from '@pai/core';
import type { Engine } from '../engine.ts';
import type { ResolveHost } from '../upstream/pool.ts';

/** Carries traffic that no Provider claims, unread and without any credential. */
export interface Tunnel {
  /** Rejects with `PaiError` before anything was answered. */
  connect(authority: Authority, agent: Duplex, head: Buffer): Promise<void>;
  /** A request in clear, by HTTP_PROXY. */
  request(authority: Authority, req: IncomingMessage, res: ServerResponse): void;
  /** Cuts every tunnel off. */
  destroy(): void;
}

/** Most tunnels at one time. */
const maxTunnels = 1_000;
/** Milliseconds to reach a destination. */
const connectDeadline = 10_000;
/** Milliseconds without a byte either way after which a tunnel is closed. */
const idleDeadline = 15 * 60_000;

/** Tunnels for `egress: tunnel`. The fence holds for them too, and only the ports of HTTPS and HTTP are reached. */
export function createTunnel(engine: Engine, resolveHost: ResolveHost, agent: string | undefined): Tunnel {
  const open = new Set<net.Socket>();
  const facts = (method: string, authority: Authority): RequestFacts => ({
    id: randomUUID(),
    method,
    ...authority,
    path: '',
    ...(agent !== undefined && { agent }),
  });

  const dial = async ({ host, port }: Authority, expected: number): Promise<net.Socket> => {
    if (port !== expected)
      throw new PaiError('egress_denied', `tunnels reach port ${expected} only, not ${port}`);
    if (open.size >= maxTunnels)
      throw new PaiError('overloaded', `${maxTunnels} tunnels are open already; close one first`);
    const [destination] = await resolveHost(host, port, false);
    if (destination === undefined) throw new PaiError('upstream_unreachable', `${host} has no address`);
    const socket = await connectTo(destination.address, destination.port, host);
    open.add(socket);
    return socket
      .on('error', () => {})
      .setTimeout(idleDeadline, () => socket.destroy())
      .once('close', () => open.delete(socket));
  };

  return {
    async connect(authority, agentSocket, head) {
      const upstream = await dial(authority, 443);
      if (agentSocket.destroyed) return void upstream.destroy();
      const started = performance.now();
      const known = facts('CONNECT', authority);
      let sent = 0;
      agentSocket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      agentSocket.pipe(upstream).pipe(agentSocket);
      agentSocket.on('data', (chunk: Buffer) => {
        sent += chunk.length;
      });
      agentSocket.once('close', () => upstream.destroy());
      upstream.on('error', () => agentSocket.destroy());
      upstream.once('close', () => {
        agentSocket.destroy();
        engine.note(known, {
          decision: 'tunnel',
          rule: 'egress',
          status: 200,
          bytes_in: sent + head.length,
          bytes_out: upstream.bytesRead,
          duration_ms: Math.round(performance.now() - started),
        });
      });
    },
    request(authority, req, res) {
      const known = facts(req.method ?? '', authority);
      relay(authority, req, res, () => dial(authority, 80)).then(
        (status) => engine.note(known, { decision: 'tunnel', rule: 'egress', status }),
        (thrown: unknown) => {
          const error = toPaiError(thrown, `${authority.host} cannot be reached`);
          engine.note(known, {
            status: error.status,
            rule: error.code,
            error: error.code,
            reason: error.message,
          });
          const refusal = refusalResponse(error, known.id);
          if (res.headersSent) res.destroy();
          else res.writeHead(refusal.status, refusal.headers).end(refusal.body);
        },
      );
    },
    destroy() {
      for (const socket of open) socket.destroy();
    },
  };
}

async function relay(
  { host }: Authority,
  req: IncomingMessage,
  res: ServerResponse,
  dial: () => Promise<net.Socket>,
): Promise<number> {
  const socket = await dial();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const target = (req.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
  const path = target.startsWith('/') ? target : `/${target}`;
  const headers = withoutHeaders(endToEnd(req.rawHeaders), new Set(['host', 'expect']));
  if (req.destroyed || res.destroyed) socket.destroy();
  // Without it Node sends the content of a GET unframed: a second request to whoever reads it.
  if (getHeader(req.rawHeaders, 'transfer-encoding') !== undefined)
    headers.push('transfer-encoding', 'chunked');
  const upstream = http.request({
    createConnection: () => socket,
    method: req.method,
    path,
    headers: ['Host', host, ...headers],
  });
  upstream.on('error', reject);
  const fail = () =>
    reject(new PaiError('upstream_protocol', `${host} sent no response that can be passed on`));
  // A switch of protocols ends in neither a response nor an error.
  upstream.once('upgrade', (_response, switched: net.Socket) => {
    switched.destroy();
    fail();
  });
  upstream.once('close', fail);
  upstream.once('response', (response) => {
    upstream.off('close', fail);
    const status = response.statusCode ?? 502;
    if (status < 200 || status > 999) {
      upstream.destroy();
      return fail();
    }
    res.writeHead(status, withoutHeaders(endToEnd(response.rawHeaders), new Set(['trailer'])));
    response.pipe(res);
    response.on('error', reject);
    res.once('close', () => {
      upstream.destroy();
      resolve(status);
    });
  });
  req.on('error', () => res.destroy());
  req.pipe(upstream);
  res.once('close', () => upstream.destroy());
  return promise;
}

function connectTo(address: string, port: number, host: string): Promise<net.Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const socket = net.connect({ host: address, port, noDelay: true, timeout: connectDeadline });
  const fail = (code: string) => {
    socket.destroy();
    reject(new PaiError('upstream_unreachable', `${host} cannot be reached (${code})`));
  };
  socket.once('timeout', () => fail('ETIMEDOUT'));
  socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'error'));
  socket.once('connect', () => {
    socket.setTimeout(0);
    socket.removeAllListeners('error');
    resolve(socket);
  });
  return promise;
}
