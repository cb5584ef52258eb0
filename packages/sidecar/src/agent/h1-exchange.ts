import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBody, emptyBody, getHeader, getHeaders, type RawHeaders } from '@pai/core';
import type { ConnectionAuthority } from './authority.ts';
import type { Exchange } from './exchange.ts';
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
  req.on('error', () => {});
  return {
    facts: factsOf(head, connection, agent),
    read: () => readRequest(head, connection, agent),
    start(status, headers) {
      // An agent that was not told to continue may send its content or not: the connection cannot be read on.
      if (awaitsContinue) res.shouldKeepAlive = false;
      if (getHeader(headers, 'date') !== undefined) res.sendDate = false;
      res.writeHead(status, headers);
    },
    write: (chunk) => res.write(chunk),
    onDrain: (listener) => void res.on('drain', listener),
    end(trailers) {
      if (trailers.length > 0) res.addTrailers(pairsOf(trailers));
      res.end(() => discardRest(req));
    },
    abort: () => void res.destroy(),
    onClose: (listener) => void res.once('close', () => listener(res.writableFinished)),
  };
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
