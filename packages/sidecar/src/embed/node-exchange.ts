import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBody, deleteHeader, emptyBody, getHeader, getHeaders, type RawHeaders } from '@pai/core';
import { cutOff } from '../agent/cut-off.ts';
import { createEnding, type Exchange } from '../agent/exchange.ts';
import type { Aimed } from '../agent/h1-exchange.ts';
import { factsOf, type RequestHead, readRequest } from '../agent/read-request.ts';

/** Milliseconds for the rest of a request's content after its response: one that is cut off sooner may take the response with it. */
const discardDeadline = 5_000;

/** The head of a request that Node's server has read. Its content streams, and nothing is read before it is asked for. */
export function headOfMessage(request: IncomingMessage): RequestHead {
  const { method = '', url = '', rawHeaders: headers } = request;
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const length = isChunked ? undefined : Number(request.headers['content-length'] ?? 0);
  const upgrades = getHeaders(headers, 'upgrade');
  return {
    id: randomUUID(),
    method,
    target: url,
    hosts: getHeaders(headers, 'host'),
    headers,
    protocol: 'h1',
    upgrade: upgrades.length === 0 ? undefined : upgrades.join(', '),
    body:
      length === 0
        ? emptyBody
        : createBody({ length, open: () => request, trailers: () => request.rawTrailers }),
  };
}

/** One request of an HTTP/1.1 server of Node's, and its response. It switches no protocols. */
export function createNodeExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { connection, refusal, head = headOfMessage(request) }: Aimed,
  agent: string | undefined,
): Exchange {
  const ending = createEnding();
  let isBodiless = false;
  let remaining: number | undefined;
  const abort = () => {
    if (!ending.isSettled()) cutOff(request.socket);
  };
  // A consumer that went away is no error of ours.
  request.on('error', () => {});
  response.on('error', () => {});
  response.once('finish', () => {
    discardRest(request);
    ending.settle('complete');
  });
  response.once('close', () => ending.settle(response.writableFinished ? 'complete' : 'gone'));

  return {
    facts: () => factsOf(head, connection, agent),
    read() {
      if (refusal !== undefined) throw refusal;
      return readRequest(head, connection, agent);
    },
    // Node has no way to say any other than this one.
    inform(status, headers) {
      if (status !== 103 || response.headersSent) return;
      const link = getHeaders(headers, 'link').flatMap((links) => links.split(/\s*,\s*(?=<)/));
      try {
        if (link.length > 0) response.writeEarlyHints({ link });
      } catch {
        // It takes fewer forms of Link than there are, and a hint is no answer.
      }
    },
    start(status, headers) {
      isBodiless = head.method === 'HEAD' || status === 204 || status === 304;
      const length = getHeader(headers, 'content-length');
      remaining = isBodiless || length === undefined ? undefined : Number(length);
      if (status === 204) deleteHeader(headers, 'content-length');
      if (length !== undefined || request.httpVersion === '1.0') deleteHeader(headers, 'trailer');
      response.sendDate = false;
      response.writeHead(status, headers);
    },
    write(chunk) {
      if (isBodiless || chunk.length === 0 || response.destroyed) return true;
      if (remaining !== undefined) remaining -= chunk.length;
      // More than was announced would be read as the next response.
      if (remaining === undefined || remaining >= 0) return response.write(chunk);
      abort();
      return true;
    },
    onDrain: (listener) => void response.on('drain', listener),
    end(trailers) {
      if (remaining !== undefined && remaining !== 0) return abort();
      if (!isBodiless && trailers.length > 0) response.addTrailers(pairsOf(trailers));
      response.end();
    },
    abort,
    onClose: ending.onClose,
  };
}

function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  request.removeAllListeners('data').resume();
  const timer = setTimeout(() => request.socket.destroy(), discardDeadline).unref();
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
}

function pairsOf(fields: RawHeaders): [string, string][] {
  return fields.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name, fields[i + 1] as string]] : [],
  );
}
