import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createPipeline, type Provider, type UpstreamRequest } from '@pai/core';
import type { Exchange } from '../../src/agent/exchange.ts';
import { type AgentServer, createH1Server } from '../../src/agent/h1.ts';
import { createEngine } from '../../src/engine.ts';
import { createUpstream } from '../../src/upstream/pool.ts';
import { requestHost } from './make-request.ts';

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

/** What happens on a connection of an agent. */
export interface SidecarEvents {
  /** A request has come, and is judged next. */
  onRequest?(exchange: Exchange): void;
  /** The request is sent on. */
  onForward(request: UpstreamRequest): void;
  /** Makes the connection to the service for the request that is sent on. */
  connect(): Socket;
}

/**
 * Everything that is between an agent's connection and one to a service, with one Provider that allows all, and without
 * the kernel: for one connection of an agent.
 */
export function createSidecarInMemory(
  events: SidecarEvents,
): Pick<AgentServer, 'accept'> & { close(): void } {
  const upstream = createUpstream(
    async () => [],
    async () => events.connect(),
  );
  const engine = createEngine({
    upstream,
    record: () => {},
    obstacle: () => undefined,
    pipeline: () => ({
      ...pipeline,
      async judge(request) {
        const outcome = await pipeline.judge(request);
        if (outcome.kind === 'forward') events.onForward(outcome.request);
        return outcome;
      },
    }),
  });
  const server = createH1Server({
    agent: undefined,
    connectionOf: () => ({ host: requestHost, port: 443 }),
    onMalformed: () => {},
    handle(exchange) {
      events.onRequest?.(exchange);
      engine.handle(exchange);
    },
  });
  return { accept: server.accept, close: upstream.close };
}

/** As much of a socket as is used, without the kernel in it. What is written to it goes to `onData`. */
export function createSocketInMemory(onData: (chunk: Buffer) => void): Socket {
  const socket = new Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      onData(chunk);
      done();
    },
  });
  socket.on('error', () => {});
  const resetAndDestroy = () => socket.destroy();
  return Object.assign(socket, { bytesRead: 0, bytesWritten: 0, resetAndDestroy }) as unknown as Socket;
}

/** Milliseconds, and turns of the event loop after them, in which everything in memory has long come to its end. */
const patience = 10_000;
const turns = 500;

/** Calls `giveUp` when a connection can be said not to end, however busy the machine is; gives what stops that. */
export function giveUpLate(giveUp: () => void): () => void {
  let left = turns;
  let isStopped = false;
  const wait = () => {
    left -= 1;
    if (isStopped) return;
    if (left > 0) setImmediate(wait);
    else giveUp();
  };
  const timer = setTimeout(wait, patience);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
