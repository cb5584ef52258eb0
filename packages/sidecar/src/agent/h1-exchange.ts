import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createBody,
  deleteHeader,
  emptyBody,
  getHeader,
  getHeaders,
  isPaiError,
  PaiError,
  printable,
  type RawHeaders,
} from '@pai/core';
import type { ConnectionAuthority } from './authority.ts';
import { createEnding, type Exchange } from './exchange.ts';
import { factsOf, type RequestHead, readRequest } from './read-request.ts';

/** Milliseconds that content of an answered request is still taken and thrown away, so that the answer is read. */
const discardDeadline = 5_000;

/** One HTTP/1.1 request and its response. */
export function createH1Exchange(
  req: IncomingMessage,
  res: ServerResponse,
  connection: ConnectionAuthority,
  agent: string | undefined,
): Exchange {
  let awaitsContinue =
    /^100-continue$/i.test(getHeader(req.rawHeaders, 'expect') ?? '') && req.httpVersion === '1.1';
  const open = () => {
    if (awaitsContinue) res.writeContinue();
    awaitsContinue = false;
    return req;
  };
  const head = headOf(req, open);
  const ending = createEnding();
  res.once('close', () => ending.settle(res.writableFinished ? 'complete' : 'gone'));
  res.on('error', () => {});
  // A pipelined request whose turn comes after its connection has ended.
  if (req.socket.destroyed) queueMicrotask(() => ending.settle('gone'));
  req.on('error', (error) => {
    if (!isPaiError(error)) return;
    ending.settle('malformed');
    if (res.headersSent) res.destroy();
    else res.writeHead(400, ['connection', 'close', 'content-length', '0']).end();
  });
  return {
    facts: () => factsOf(head, connection, agent),
    read() {
      checkVersion(req);
      return readRequest(head, connection, agent);
    },
    start(status, headers) {
      // An agent that was not told to continue may send its content or not: the connection cannot be read on.
      if (awaitsContinue) res.shouldKeepAlive = false;
      if (getHeader(headers, 'date') !== undefined) res.sendDate = false;
      if (!canHaveTrailers(req, status, headers)) deleteHeader(headers, 'trailer');
      res.writeHead(status, headers);
    },
    write: (chunk) => res.write(chunk),
    onDrain: (listener) => void res.on('drain', listener),
    end(trailers) {
      if (trailers.length > 0) res.addTrailers(pairsOf(trailers));
      if (req.complete) res.end();
      else res.end(() => discardRest(req));
    },
    abort: () => void res.destroy(),
    onClose: ending.onClose,
  };
}

/** Node's parser also takes versions that nobody speaks, and chunks in HTTP/1.0 (RFC 9112 section 6.1). */
function checkVersion({ httpVersion, rawHeaders }: IncomingMessage): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    throw new PaiError(
      'malformed_request',
      `HTTP/${printable(httpVersion)} is not spoken here; use HTTP/1.1`,
    );
  if (httpVersion === '1.0' && getHeader(rawHeaders, 'transfer-encoding') !== undefined)
    throw new PaiError('malformed_request', 'HTTP/1.0 has no Transfer-Encoding; use HTTP/1.1');
}

/** Node refuses to announce trailers where it would not send any. */
function canHaveTrailers(
  { method, httpVersion }: IncomingMessage,
  status: number,
  headers: RawHeaders,
): boolean {
  if (method === 'HEAD' || status === 204 || status === 304) return false;
  return httpVersion === '1.1' && getHeader(headers, 'content-length') === undefined;
}

function headOf(req: IncomingMessage, open: () => IncomingMessage): RequestHead {
  const headers = req.rawHeaders;
  const isChunked = getHeader(headers, 'transfer-encoding') !== undefined;
  const length = isChunked ? undefined : Number(getHeader(headers, 'content-length') ?? 0);
  return {
    id: randomUUID(),
    method: req.method ?? '',
    target: req.url ?? '',
    hosts: getHeaders(headers, 'host'),
    headers,
    protocol: 'h1',
    upgrade: getHeader(headers, 'upgrade'),
    body: length === 0 ? emptyBody : createBody({ length, open, trailers: () => req.rawTrailers }),
  };
}

function pairsOf(headers: RawHeaders): [string, string][] {
  return headers.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name, headers[i + 1] as string]] : [],
  );
}

function discardRest(req: IncomingMessage): void {
  if (req.complete) return;
  req.resume();
  const timer = setTimeout(() => req.socket.destroy(), discardDeadline);
  timer.unref();
  req.once('close', () => clearTimeout(timer));
}
