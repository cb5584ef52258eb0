import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Authority, formatAuthority, PaiError, parseAuthority, printable, toPaiError } from '@pai/core';
import { agreeOnAuthority } from '../agent/authority.ts';
import { type AgentServerOptions, createH1Server } from '../agent/h1.ts';
import type { Aimed } from '../agent/h1-exchange.ts';
import type { RequestHead } from '../agent/read-request.ts';
import type { Engine } from '../engine.ts';
import type { RequestHeadLine } from '../http1/request-head.ts';
import type { Terminator } from '../terminate.ts';
import { type ClearServer, createClearServer } from './clear.ts';
import type { Crowd } from './crowd.ts';
import { openHttpDoor } from './http-door.ts';
import type { ListenAddress } from './listen.ts';
import { beginsTls } from './peek.ts';
import { refuseConnection } from './refuse.ts';
import type { Door } from './tls.ts';
import type { Tunnel } from './tunnel.ts';

/** What the proxy door needs to know. */
export interface ProxyDoorOptions extends Crowd {
  readonly at: ListenAddress;
  readonly engine: Engine;
  readonly terminator: Terminator;
  readonly isClaimed: (authority: Authority) => boolean;
  readonly isAnswered: (authority: Authority) => boolean;
  /** Carries what no Provider claims; undefined is `egress: deny`. */
  readonly tunnel: Tunnel | undefined;
  readonly agent: string | undefined;
  readonly onMalformed: AgentServerOptions['onMalformed'];
  readonly deadlines?: AgentServerOptions['deadlines'];
}

/** The door for `HTTPS_PROXY` and `HTTP_PROXY`: CONNECT (RFC 9110 section 9.3.6) and absolute-form requests. */
export async function openProxyDoor(options: ProxyDoorOptions): Promise<Door> {
  const { engine, agent, onMalformed, deadlines } = options;
  const clear = createClearServer(options);
  const http = createH1Server({
    handle: engine.handle,
    aim: (head) => aim(options, head),
    connect: (socket, line, rest) => {
      connect(options, clear, line, socket, rest).catch((thrown: unknown) =>
        refuseConnect(options, line.target, socket, thrown),
      );
    },
    connectionOf: () => ({ host: undefined, port: 443 }),
    onMalformed,
    agent,
    deadlines,
  });
  const close = () => {
    http.close();
    clear.close();
  };
  return openHttpDoor(options.at, 'proxy', { ...http, close }, options);
}

async function connect(
  options: ProxyDoorOptions,
  clear: ClearServer,
  line: RequestHeadLine,
  socket: Socket,
  rest: Buffer,
): Promise<void> {
  const authority = connectAuthority(line);
  if (options.isClaimed(authority)) {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (rest.length > 0) socket.unshift(rest);
    if (options.isAnswered(authority) && !(await beginsTls(socket))) return clear.accept(socket, authority);
    options.terminator.accept(socket, { expected: authority, portOf: () => authority.port });
    return;
  }
  // Some clients connect for http too.
  const secure = { ...authority, port: 443 };
  if (authority.port === 80 && options.isClaimed(secure)) throw plainHttp(secure);
  if (options.tunnel === undefined) throw unclaimed(authority);
  await options.tunnel.connect(authority, socket, rest);
}

/** An authority-form target is a name or address, and always a port. What else names a host must name the same. */
function connectAuthority({ target, fields: { hosts, framing } }: RequestHeadLine): Authority {
  if (!/:\d+$/.test(target))
    throw new PaiError('malformed_request', `CONNECT ${printable(target)} names no port`);
  if (framing.kind !== 'none')
    throw new PaiError('malformed_request', 'a CONNECT has no content (RFC 9110 section 9.3.6)');
  const { host, port } = parseAuthority(target, 443);
  return hosts.length === 0 ? { host, port } : agreeOnAuthority({ host, port }, { hosts, target });
}

function refuseConnect(
  { engine, agent }: ProxyDoorOptions,
  target: string,
  socket: Socket,
  thrown: unknown,
): void {
  const error = toPaiError(thrown, 'the tunnel could not be made');
  const facts = {
    id: randomUUID(),
    method: 'CONNECT',
    ...authorityOr(target),
    path: '',
    ...(agent !== undefined && { agent }),
  };
  refuseConnection(socket, error, facts, engine);
}

function authorityOr(target: string): Authority {
  try {
    return parseAuthority(target, 443);
  } catch {
    return { host: '', port: 443 };
  }
}

/** An absolute-form request: the proxy is told the whole URL in clear, over loopback. */
function aim({ isClaimed, isAnswered, tunnel }: ProxyDoorOptions, head: RequestHead): Aimed {
  const url = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(head.target);
  try {
    if (url === null)
      throw new PaiError(
        'malformed_request',
        'this is a proxy: set HTTPS_PROXY to its address and request https URLs',
      );
    const [, scheme = '', named = '', path = ''] = url;
    const isSecure = scheme.toLowerCase() === 'https';
    const authority = parseAuthority(named, isSecure ? 443 : 80);
    if (isSecure && isClaimed(authority)) return { connection: authority };
    const target = path.startsWith('/') ? path : `/${path}`;
    const plain = { connection: authority, head: { ...head, target, authority: named } };
    if (!isSecure && isAnswered(authority)) return plain;
    const secure = [authority, { host: authority.host, port: 443 }].find(isClaimed);
    if (!isSecure && secure !== undefined) throw plainHttp(secure);
    if (tunnel === undefined) throw unclaimed(authority);
    if (isSecure) throw onlyByConnect(authority);
    return { ...plain, handle: tunnel.relay };
  } catch (thrown) {
    const connection = authorityOr(url?.[2] ?? '');
    return { connection, refusal: toPaiError(thrown, 'the request could not be read') };
  }
}

function unclaimed(authority: Authority): PaiError {
  const host = formatAuthority(authority);
  return new PaiError(
    'egress_denied',
    `no attached Provider claims ${host} and egress is deny; attach a Provider for it, or start the sidecar with --egress tunnel`,
  );
}

function onlyByConnect(authority: Authority): PaiError {
  const host = formatAuthority(authority);
  return new PaiError(
    'egress_denied',
    `no attached Provider claims ${host}, and what no Provider claims is carried unread; request it by CONNECT`,
  );
}

function plainHttp(authority: Authority): PaiError {
  const host = formatAuthority(authority);
  return new PaiError(
    'plain_http_refused',
    `${host} has a credential, and a credential travels only over TLS; request https://${host} instead`,
  );
}
