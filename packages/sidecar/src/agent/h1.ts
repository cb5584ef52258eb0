import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestFacts } from '@pai/core';
import type { ConnectionAuthority } from './authority.ts';
import type { Handle } from './exchange.ts';
import { createH1Exchange } from './h1-exchange.ts';
import { factsOf } from './read-request.ts';

/** Limits of the agent's side, in bytes and milliseconds. */
const maxHeadBytes = 64 * 1024;
const headDeadline = 30_000;
const keepAlive = 75_000;

/** What a server needs from the door it stands behind. */
export interface AgentServerOptions {
  readonly handle: Handle;
  /** Bytes that are not the protocol: `status` was answered and the connection closed. */
  readonly onMalformed: (facts: RequestFacts, status: number, reason: string) => void;
  readonly connectionOf: (socket: Duplex) => ConnectionAuthority;
  readonly agent: string | undefined;
}

/** Serves one protocol on connections that a door hands it. */
export interface AgentServer {
  accept(socket: Duplex): void;
  /** Finishes what is under way, closes what is idle and takes nothing new. */
  close(): void;
}

/** An HTTP/1.1 server without a listener. Node's own strict parser (llhttp) reads the agent's bytes. */
export function createH1Server({
  handle,
  onMalformed,
  connectionOf,
  agent,
}: AgentServerOptions): AgentServer {
  const server = http.createServer({
    maxHeaderSize: maxHeadBytes,
    headersTimeout: headDeadline,
    requestTimeout: 0,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: 5_000,
    requireHostHeader: false,
    insecureHTTPParser: false,
  });
  server.maxHeadersCount = 0;
  const busy = new WeakSet<Duplex>();
  const refuse = (
    socket: Duplex,
    facts: { method: string; target: string },
    status: number,
    reason: string,
  ) => {
    onMalformed(factsOf({ id: randomUUID(), ...facts }, connectionOf(socket), agent), status, reason);
    if (socket.writable)
      socket.end(
        `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
  };
  const onRequest: http.RequestListener = (req, res) => {
    busy.add(req.socket);
    res.once('close', () => busy.delete(req.socket));
    handle(createH1Exchange(req, res, connectionOf(req.socket), agent));
  };
  server.on('request', onRequest).on('checkContinue', onRequest).on('checkExpectation', onRequest);
  server.on('connect', (req: IncomingMessage, socket: Duplex) => {
    refuse(
      socket,
      { method: 'CONNECT', target: req.url ?? '' },
      405,
      'CONNECT inside a connection is never forwarded',
    );
  });
  server.on('clientError', (error: NodeJS.ErrnoException & { reason?: string }, socket: Duplex) => {
    const isOurs = error.code?.startsWith('HPE_') === true || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isOurs && !busy.has(socket)) {
      refuse(
        socket,
        { method: '', target: '' },
        statusOf(error.code),
        `not HTTP/1.1: ${error.reason ?? error.code}`,
      );
    } else socket.destroy();
  });
  // Node starts the clock of its head deadline when a server listens; this one is handed its connections.
  server.emit('listening');
  return {
    accept: (socket) => void server.emit('connection', socket),
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
