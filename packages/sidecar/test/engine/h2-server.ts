import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { toPaiError } from '@pai/core';
import { onTestFinished } from 'vitest';
import type { Exchange } from '../../src/agent/exchange.ts';
import { createH2Server } from '../../src/agent/h2.ts';
import type { H2Limits } from '../../src/agent/h2-limits.ts';
import { dial } from './agent.ts';
import { createFrameLine, preface, settings, settingsAck } from './h2-frames.ts';

/** What an agent's HTTP/2 server made of what it got. */
export interface H2Server {
  readonly port: number;
  /** `METHOD path` of what was read, or the code of what was refused. */
  readonly requests: string[];
  /** How they ended: the code where that was an error. */
  readonly ends: string[];
  /** Why connections were cut off. */
  readonly refusals: string[];
  readonly unseen: () => number;
  /** Requests that have not ended. */
  readonly active: () => number;
  readonly open: () => number;
}

/** The server behind the doors alone, without TLS, on a port of its own; `serve` replaces its `200 ok`. */
export async function startH2Server(
  limits: Partial<H2Limits> = {},
  serve: (exchange: Exchange) => void = (exchange) => {
    exchange.start(200, ['content-length', '2']);
    exchange.write(Buffer.from('ok'));
    exchange.end([]);
  },
): Promise<H2Server> {
  const requests: string[] = [];
  const ends: string[] = [];
  const refusals: string[] = [];
  const sockets = new Set<Socket>();
  let unseen = 0;
  let begun = 0;
  const server = createH2Server(
    {
      agent: undefined,
      connectionOf: () => ({ host: 'api.example.com', port: 443 }),
      onMalformed: (_facts, _status, reason) => void refusals.push(reason),
      onUnseenStreams: (count) => {
        unseen += count;
      },
      handle: (exchange) => {
        begun += 1;
        exchange.onClose((end) => void ends.push(typeof end === 'string' ? end : end.code));
        try {
          const { method, target } = exchange.read();
          requests.push(`${method} ${target}`);
        } catch (thrown) {
          const { code, status } = toPaiError(thrown, 'test');
          requests.push(code);
          exchange.start(status, [], true);
          exchange.end([]);
          return;
        }
        serve(exchange);
      },
    },
    limits,
  );
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    server.accept(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
    server.close();
  });
  return {
    port: (listener.address() as AddressInfo).port,
    requests,
    ends,
    refusals,
    unseen: () => unseen,
    active: () => begun - ends.length,
    open: () => sockets.size,
  };
}

/** A client that writes its own frames, after a lawful beginning. */
export async function frameClient({ port }: { readonly port: number }, values = {}) {
  const socket = await dial(port);
  const line = createFrameLine(socket);
  line.send(preface, settings(values), settingsAck);
  return { ...line, socket };
}

/** The head of a lawful request, with `change` on top. */
export function request(change: Readonly<Record<string, string>> = {}): (readonly [string, string])[] {
  const usual = { ':method': 'GET', ':scheme': 'https', ':authority': 'api.example.com', ':path': '/' };
  return Object.entries({ ...usual, ...change });
}
