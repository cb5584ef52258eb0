import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type Authority,
  formatAuthority,
  PaiError,
  parseAuthority,
  printable,
  refusalResponse,
  toPaiError,
} from '@pai/core';
import type { ConnectionAuthority } from '../agent/authority.ts';
import type { AgentServerOptions } from '../agent/h1.ts';
import { createH1Exchange } from '../agent/h1-exchange.ts';
import { createNodeServer } from '../agent/h1-server.ts';
import { factsOf } from '../agent/read-request.ts';
import type { Engine } from '../engine.ts';
import type { Terminator } from '../terminate.ts';
import { type ListenAddress, listen } from './listen.ts';
import { type Door, maxConnections } from './tls.ts';
import type { Tunnel } from './tunnel.ts';

/** What the proxy door needs to know. */
export interface ProxyDoorOptions {
  readonly at: ListenAddress;
  readonly engine: Engine;
  readonly terminator: Terminator;
  readonly isClaimed: (authority: Authority) => boolean;
  /** Carries what no Provider claims; undefined is `egress: deny`. */
  readonly tunnel: Tunnel | undefined;
  readonly agent: string | undefined;
  readonly onMalformed: AgentServerOptions['onMalformed'];
}

/** The door for `HTTPS_PROXY` and `HTTP_PROXY`: CONNECT (RFC 9110 section 9.3.6) and absolute-form requests. */
export async function openProxyDoor(options: ProxyDoorOptions): Promise<Door> {
  const server = createNodeServer({
    serve: (req, res) => serve(options, req, res),
    connect: (req, socket, head) => {
      socket.on('error', () => socket.destroy());
      connect(options, req, socket as Socket, head).catch((thrown: unknown) =>
        refuseConnect(options, req, socket, thrown),
      );
    },
    onMalformed: (_socket, { status, reason, ...head }) => {
      const facts = factsOf({ id: randomUUID(), ...head }, { host: undefined, port: 443 }, options.agent);
      options.onMalformed(facts, status, reason);
    },
  });
  server.maxConnections = maxConnections;
  const bound = await listen(server, options.at, 'proxy');
  const close = () => {
    server.close();
    server.closeIdleConnections();
  };
  return { at: bound, close, destroy: () => server.closeAllConnections() };
}

async function connect(
  options: ProxyDoorOptions,
  req: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const authority = connectAuthority(req.url ?? '');
  if (options.isClaimed(authority)) {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    options.terminator.accept(socket, { expected: authority, portOf: () => authority.port });
    return;
  }
  if (options.tunnel === undefined) throw unclaimed(authority);
  await options.tunnel.connect(authority, socket, head);
}

/** The two ways an authority-form target may be written: a name or address, and always a port. */
function connectAuthority(target: string): Authority {
  if (!/:\d+$/.test(target))
    throw new PaiError('malformed_request', `CONNECT ${printable(target)} names no port`);
  return parseAuthority(target, 443);
}

function refuseConnect(
  { engine, agent }: ProxyDoorOptions,
  req: IncomingMessage,
  socket: Duplex,
  thrown: unknown,
): void {
  const error = toPaiError(thrown, 'the tunnel could not be made');
  const id = randomUUID();
  const response = refusalResponse(error, id);
  const facts = {
    id,
    method: 'CONNECT',
    ...authorityOr(req.url ?? ''),
    path: '',
    ...(agent !== undefined && { agent }),
  };
  engine.note(facts, { status: response.status, rule: error.code, error: error.code, reason: error.message });
  const fields = [
    ...response.headers,
    'content-length',
    String(Buffer.byteLength(response.body)),
    'connection',
    'close',
  ];
  const lines = fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : []));
  const status = `HTTP/1.1 ${response.status} ${http.STATUS_CODES[response.status] ?? 'Refused'}`;
  if (socket.writable) socket.end(`${[status, ...lines].join('\r\n')}\r\n\r\n${response.body}`);
}

function authorityOr(target: string): Authority {
  try {
    return parseAuthority(target, 443);
  } catch {
    return { host: '', port: 443 };
  }
}

/** An absolute-form request: the proxy is told the whole URL in clear, over loopback. */
function serve(options: ProxyDoorOptions, req: IncomingMessage, res: ServerResponse): void {
  const url = /^(https?):\/\/([^/?#]*)/i.exec(req.url ?? '');
  const exchange = (connection: ConnectionAuthority, refusal?: PaiError) => {
    const made = createH1Exchange(req, res, connection, options.agent);
    if (refusal === undefined) return options.engine.handle(made);
    const read = () => {
      throw refusal;
    };
    return options.engine.handle({ ...made, read });
  };
  const isSecure = url?.[1]?.toLowerCase() === 'https';
  try {
    if (url === null)
      throw new PaiError(
        'malformed_request',
        'this is a proxy: set HTTPS_PROXY to its address and request https URLs',
      );
    const authority = parseAuthority(url[2] as string, isSecure ? 443 : 80);
    if (isSecure && options.isClaimed(authority)) return exchange(authority);
    if (options.isClaimed({ host: authority.host, port: 443 }) || options.isClaimed(authority))
      throw plainHttp(authority);
    if (isSecure || options.tunnel === undefined) throw unclaimed(authority);
    return options.tunnel.request(authority, req, res);
  } catch (thrown) {
    const host = authorityOr(url?.[2] ?? '');
    return exchange(host, toPaiError(thrown, 'the request could not be read'));
  }
}

function unclaimed(authority: Authority): PaiError {
  const host = formatAuthority(authority);
  return new PaiError(
    'egress_denied',
    `no attached Provider claims ${host} and egress is deny; attach a Provider for it, or start the sidecar with --egress tunnel`,
  );
}

function plainHttp({ host }: Authority): PaiError {
  return new PaiError(
    'plain_http_refused',
    `${host} has a credential, and a credential travels only over TLS; request https://${host} instead`,
  );
}
