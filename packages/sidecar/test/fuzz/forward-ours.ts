import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createPipeline, type Provider, type UpstreamRequest } from '@pai/core';
import { createH1Server } from '../../src/agent/h1.ts';
import { createEngine } from '../../src/engine.ts';
import { createUpstream } from '../../src/upstream/pool.ts';
import { requestHost } from './make-request.ts';
import { readWithOurs } from './read-ours.ts';
import { type Input, piecesOf, type Reading } from './reading.ts';

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

const provider: Provider = {
  hosts: [{ host: requestHost }],
  placeholders: { env: {} },
  credentialSlots: { headers: ['authorization'] },
  hasOpaquePaths: true,
  resolve: () => ({ actions: [{ name: 'any' }] }),
  scope: () => undefined,
  inject: async ({ headers }) => void headers.push('Authorization', 'Bearer real'),
};
const attached = { name: 'fuzz', type: 'fuzz', provider, enforcement: 'enforce', isLogged: false } as const;
const allowed = { effect: 'allow', rule: 'policy.allow[0]', reason: '' } as const;
const pipeline = createPipeline([{ ...attached, decide: () => allowed }]);

/** Milliseconds for one connection. */
const patience = 5_000;

/**
 * Sends `input` as an agent would, through everything that is between an agent and a service, to a Provider that allows
 * all, and hangs up when the whole requests that `ours` has are answered. Every request gets a connection of its own
 * to a service that answers when it has come whole.
 */
export function forwardWithOurs(input: Input, ours: Reading): Promise<Served> {
  const { promise, resolve } = Promise.withResolvers<Served>();
  const forwarded: Forwarded[] = [];
  let unanswered = ours.messages.filter(({ isWhole }) => isWhole).length;
  let requests = 0;
  const upstream = createUpstream(
    async () => [],
    async () => serviceFor(forwarded.at(-1) as Forwarded),
  );
  const engine = createEngine({
    upstream,
    record: () => {},
    obstacle: () => undefined,
    pipeline: () => ({
      ...pipeline,
      async judge(request) {
        const index = requests - 1;
        const outcome = await pipeline.judge(request);
        if (outcome.kind === 'forward') forwarded.push({ index, request: outcome.request, text: '' });
        return outcome;
      },
    }),
  });
  const server = createH1Server({
    agent: undefined,
    connectionOf: () => ({ host: requestHost, port: 443 }),
    onMalformed: () => {},
    handle(exchange) {
      requests += 1;
      engine.handle(exchange);
      exchange.onClose(() => {
        unanswered -= 1;
        if (unanswered === 0) hangUpSoon();
      });
    },
  });
  const agent = socketLike(() => {});
  const hangUp = () => void agent.push(null);
  // What is left is less than a request, and gets the time to be taken.
  const hangUpSoon = () => void setImmediate(() => setImmediate(() => setImmediate(hangUp)));
  const finish = (isStuck: boolean) => {
    clearTimeout(giveUp);
    agent.destroy();
    upstream.close();
    resolve({ requests, forwarded, isStuck });
  };
  const giveUp = setTimeout(() => finish(true), patience);
  agent.once('close', () => finish(false)).once('finish', hangUp);
  server.accept(agent);
  for (const piece of piecesOf(input)) agent.push(piece);
  if (unanswered === 0) hangUpSoon();
  return promise;
}

/** A service that keeps what it is sent. */
function serviceFor(forwarded: Forwarded): Socket {
  const service = socketLike((chunk) => {
    forwarded.text += chunk.toString('latin1');
    const { ending } = readWithOurs({ kind: 'request', method: '', text: forwarded.text, cuts: [] });
    if (ending === 'refused') service.destroy();
    else if (ending !== 'incomplete')
      service.push('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return service;
}

/** As much of a socket as is used, without the kernel in it. */
function socketLike(onData: (chunk: Buffer) => void): Socket {
  const socket = new Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      onData(chunk);
      done();
    },
  });
  socket.on('error', () => {});
  return Object.assign(socket, { bytesRead: 0, bytesWritten: 0 }) as unknown as Socket;
}
