import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PaiError } from '@pai/core';

/** Limits of the agent's side, in bytes, milliseconds and requests. */
const maxHeadBytes = 64 * 1024;
const defaultHeadDeadline = 30_000;
const keepAlive = 75_000;
const maxPipelined = 64;
/** Milliseconds a connection that was refused is kept, so that the refusal is read. */
const lingerTime = 2_000;

/** Bytes that are not a request, or a request that only a proxy takes. */
export interface Malformed {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly reason: string;
}

/** What an HTTP/1.1 server hands its traffic to. */
export interface H1ServerOptions {
  /** Takes every request, one at a time on a connection, in their order. */
  readonly serve: (req: IncomingMessage, res: ServerResponse) => void;
  /** Takes a CONNECT; left out, it is refused. */
  readonly connect?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** `status` is being answered and the connection closed. */
  readonly onMalformed: (socket: Duplex, malformed: Malformed) => void;
  /** Milliseconds for a request's head. Default 30,000. */
  readonly headDeadline?: number | undefined;
}

/**
 * Node's HTTP/1.1 server with its strict parser (llhttp), bounded, and serial: a pipelined request starts when the
 * response before it has been sent (RFC 9112 section 9.3.2).
 */
export function createNodeServer(options: H1ServerOptions): http.Server {
  const { serve, connect, onMalformed, headDeadline = defaultHeadDeadline } = options;
  const turns = createTurns();
  const latest = new WeakMap<Duplex, IncomingMessage>();
  const refused = new WeakSet<Duplex>();
  const server = http.createServer({
    maxHeaderSize: maxHeadBytes,
    headersTimeout: headDeadline,
    requestTimeout: 0,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: Math.min(5_000, headDeadline),
    requireHostHeader: false,
    insecureHTTPParser: false,
  });
  server.maxHeadersCount = 0;

  const refuse = (socket: Duplex, malformed: Malformed) => {
    onMalformed(socket, malformed);
    answer(socket, malformed.status);
  };
  const onRequest: http.RequestListener = (req, res) => {
    const { socket } = req;
    latest.set(socket, req);
    req.on('error', () => {});
    if (turns.waiting(socket) >= maxPipelined) socket.destroy();
    turns.take(socket, (done) => {
      if (socket.destroyed) queueMicrotask(done);
      else res.once('close', done);
      serve(req, res);
    });
  };
  server.on('request', onRequest).on('checkContinue', onRequest).on('checkExpectation', onRequest);
  server.on('connect', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    const reason = 'CONNECT inside a connection is never forwarded';
    // Node takes its own listener away with this event, and the turn may be a while.
    socket.on('error', () => socket.destroy());
    turns.take(socket, (done) => {
      if (socket.destroyed) queueMicrotask(done);
      else if (connect !== undefined) connect(req, socket, head);
      else refuse(socket, { method: 'CONNECT', target: req.url ?? '', status: 405, reason });
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException & { reason?: string }, socket: Duplex) => {
    const isOurs = error.code?.startsWith('HPE_') === true || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (!isOurs) return void socket.destroy();
    if (refused.has(socket)) return undefined;
    refused.add(socket);
    const reason = `not HTTP/1.1: ${error.reason ?? error.code}`;
    const last = latest.get(socket);
    const isInContent = last?.complete === false;
    const isOver = !turns.isTaken(socket) || error.code === 'HPE_INVALID_EOF_STATE';
    if (isInContent && isOver) return void socket.destroy();
    if (isInContent && turns.waiting(socket) === 0)
      return void last.emit('error', new PaiError('malformed_request', reason));
    if (isInContent) turns.dropLast(socket);
    const malformed = { method: '', target: '', status: statusOf(error.code), reason };
    return turns.take(socket, () => refuse(socket, malformed));
  });
  return server;
}

/** Lets one thing at a time happen on a connection. */
function createTurns() {
  const queues = new WeakMap<Duplex, ((done: () => void) => void)[]>();
  const next = (socket: Duplex) => {
    const run = queues.get(socket)?.shift();
    if (run === undefined) queues.delete(socket);
    else run(() => next(socket));
  };
  return {
    isTaken: (socket: Duplex) => queues.has(socket),
    waiting: (socket: Duplex) => queues.get(socket)?.length ?? 0,
    dropLast: (socket: Duplex) => void queues.get(socket)?.pop(),
    /** Runs `run` when its turn comes; the turn lasts until it calls `done`. */
    take(socket: Duplex, run: (done: () => void) => void) {
      const queue = queues.get(socket);
      if (queue !== undefined) return void queue.push(run);
      queues.set(socket, []);
      return run(() => next(socket));
    },
  };
}

function answer(socket: Duplex, status: number): void {
  if (!socket.writable) return;
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
  const timer = setTimeout(() => socket.destroy(), lingerTime).unref();
  socket.once('close', () => clearTimeout(timer));
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
