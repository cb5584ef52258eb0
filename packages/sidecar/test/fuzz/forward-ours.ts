import type { Socket } from 'node:net';
import type { UpstreamRequest } from '@pai/core';
import { readWithOurs } from './read-ours.ts';
import { type Input, piecesOf, type Reading } from './reading.ts';
import { createSidecarInMemory, createSocketInMemory, giveUpLate } from './sidecar-in-memory.ts';

/** One request as Pai sent it on. */
export interface Forwarded {
  /** Which of the connection's requests it is, from 0 on. */
  readonly index: number;
  /** What was judged, with the credential. */
  readonly request: UpstreamRequest;
  /** Every byte that was written to the service. */
  text: string;
}

/** What became of a connection. */
export interface Served {
  /** Requests that came out of it, refused ones included. */
  readonly requests: number;
  readonly forwarded: readonly Forwarded[];
  /** It did not end. */
  readonly isStuck: boolean;
}

/**
 * Sends `input` as an agent would, and hangs up when the whole requests that `ours` has are answered. Every request gets
 * a connection of its own to a service that answers when it has come whole.
 */
export function forwardWithOurs(input: Input, ours: Reading): Promise<Served> {
  const { promise, resolve } = Promise.withResolvers<Served>();
  const forwarded: Forwarded[] = [];
  let unanswered = ours.messages.filter(({ isWhole }) => isWhole).length;
  let requests = 0;
  const sidecar = createSidecarInMemory({
    onRequest(exchange) {
      requests += 1;
      exchange.onClose(() => {
        unanswered -= 1;
        if (unanswered === 0) hangUpSoon();
      });
    },
    onForward: (request) => void forwarded.push({ index: requests - 1, request, text: '' }),
    connect: () => serviceFor(forwarded.at(-1) as Forwarded),
  });
  const agent = createSocketInMemory(() => {});
  const hangUp = () => void agent.push(null);
  // What is left is less than a request, and gets the time to be taken.
  const hangUpSoon = () => void setImmediate(() => setImmediate(() => setImmediate(hangUp)));
  const finish = (isStuck: boolean) => {
    stopWaiting();
    agent.destroy();
    sidecar.close();
    resolve({ requests, forwarded, isStuck });
  };
  const stopWaiting = giveUpLate(() => finish(true));
  agent.once('close', () => finish(false)).once('finish', hangUp);
  sidecar.accept(agent);
  for (const piece of piecesOf(input)) agent.push(piece);
  if (unanswered === 0) hangUpSoon();
  return promise;
}

/** A service that keeps what it is sent. */
function serviceFor(forwarded: Forwarded): Socket {
  const service = createSocketInMemory((chunk) => {
    forwarded.text += chunk.toString('latin1');
    const { ending } = readWithOurs({ kind: 'request', method: '', text: forwarded.text, cuts: [] });
    if (ending === 'refused') service.destroy();
    else if (ending !== 'incomplete')
      service.push('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return service;
}
