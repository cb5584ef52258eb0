import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { requestHead } from '../exchange.ts';
import { connect } from './connect.ts';
import { summarise } from './latencies.ts';
import type { Heard, LoadWork, Target } from './protocol.ts';

/** Event streams. */
export interface Events {
  listen(order: Parameters<LoadWork['listen']>[0]): Promise<{ opened: number }>;
  hear(order: Parameters<LoadWork['hear']>[0]): Promise<Heard>;
  close(): void;
}

/** Milliseconds a stream has to begin. */
const beginning = 20_000;

/** Listens to many event streams. */
export function createEvents(): Events {
  let sockets: readonly TLSSocket[] = [];
  let onEvent = (_socket: TLSSocket, _latency: number) => {};
  const close = () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  };
  return {
    async listen({ target, streams }) {
      close();
      const opening: Promise<TLSSocket | undefined>[] = [];
      for (let i = 0; i < streams; i += 1) {
        const stream = openStream(target, (socket, latency) => onEvent(socket, latency));
        // It is awaited below, when others may have failed before it.
        stream.catch(() => {});
        opening.push(stream);
        if (i % 32 === 31) await stream;
      }
      sockets = (await Promise.all(opening)).filter((socket) => socket !== undefined);
      return { opened: sockets.length };
    },
    async hear({ milliseconds }) {
      const latencies: number[] = [];
      const alive = new Set<TLSSocket>();
      onEvent = (socket, latency) => {
        latencies.push(latency);
        alive.add(socket);
      };
      await delay(milliseconds);
      onEvent = () => {};
      const open = [...alive].filter(({ destroyed }) => !destroyed);
      return {
        ...summarise(Float64Array.from(latencies), milliseconds),
        events: latencies.length,
        alive: open.length,
      };
    },
    close,
  };
}

/** A stream that has begun; undefined when it does not begin. Rejects when it is refused. */
async function openStream(
  target: Target,
  onEvent: (socket: TLSSocket, latency: number) => void,
): Promise<TLSSocket | undefined> {
  const socket = await connect(target);
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket | undefined>();
  let head = '';
  socket.on('error', reject);
  socket.on('data', (chunk: Buffer) => {
    const now = process.hrtime.bigint();
    const text = chunk.toString('latin1');
    for (const [, sent = '0'] of text.matchAll(/data: (\d+)\n/g))
      onEvent(socket, Number(now - BigInt(sent)) / 1e6);
    if (head.includes(': open')) return;
    head += text;
    if (head.startsWith('HTTP/1.1 200 ') && head.includes(': open')) resolve(socket);
    if (!'HTTP/1.1 200 '.startsWith(head.slice(0, 13)))
      reject(new Error(`an event stream: ${head.slice(0, 200)}`));
  });
  socket.write(requestHead({ ...target, path: '/events' }));
  const timer = setTimeout(resolve, beginning, undefined);
  return promise.finally(() => clearTimeout(timer));
}
