import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { host, requestWith } from './exchange.ts';
import type { LoadOrder, LoadReply, LoadResult } from './load-protocol.ts';
import { createResponseReader } from './response-reader.ts';

const [caFile] = process.argv.slice(2) as [string];

const secureContext = tls.createSecureContext({ ca: readFileSync(caFile) });

interface Connection {
  readonly send: () => void;
  readonly close: () => void;
}

let connections: readonly Connection[] = [];
let onAnswer: (connection: Connection, started: number) => void = () => {};
let onFailure: (error: Error) => void = () => {};

process.on('message', (order: LoadOrder) => {
  obey(order).then(
    (result) => process.send?.({ ...(result !== undefined && { result }) } satisfies LoadReply),
    (error: Error) => process.send?.({ error: error.message } satisfies LoadReply),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function obey(order: LoadOrder): Promise<LoadResult | undefined> {
  if (order.kind === 'run') return run(order.requests);
  for (const connection of connections) connection.close();
  connections = [];
  if (order.kind === 'close') return undefined;
  const opening = Array.from({ length: order.connections }, () => open(order.port, order.token));
  connections = await Promise.all(opening);
  return undefined;
}

function open(port: number, token: string): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const request = Buffer.from(requestWith(token), 'latin1');
  const socket = tls.connect({ host: '127.0.0.1', port, servername: host, secureContext });
  let started = 0;
  const connection: Connection = {
    send() {
      started = performance.now();
      socket.write(request);
    },
    close() {
      socket.removeAllListeners('close').destroy();
    },
  };
  const read = createResponseReader((status, content) => {
    if (status !== 200) return onFailure(new Error(`status ${status}: ${content.toString()}`));
    onAnswer(connection, started);
  });
  socket.setNoDelay(true);
  socket.once('secureConnect', () => resolve(connection));
  socket.once('error', reject);
  socket.on('error', (error) => onFailure(error));
  socket.on('close', () => onFailure(new Error('a connection was closed under load')));
  socket.on('data', (chunk) => {
    try {
      read(chunk);
    } catch (thrown) {
      onFailure(thrown as Error);
    }
  });
  return promise;
}

/** Every connection asks again as soon as it is answered, until `requests` have been sent. */
function run(requests: number): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const latencies = new Float64Array(requests);
  let sent = 0;
  let answered = 0;
  onFailure = reject;
  onAnswer = (connection, started) => {
    latencies[answered] = performance.now() - started;
    answered += 1;
    if (answered === requests) return resolve(summarise(latencies, performance.now() - begun));
    if (sent === requests) return;
    sent += 1;
    connection.send();
  };
  const begun = performance.now();
  for (const connection of connections.slice(0, requests)) {
    sent += 1;
    connection.send();
  }
  return promise;
}

function summarise(latencies: Float64Array, milliseconds: number): LoadResult {
  const sorted = latencies.sort();
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1_000);
  return { seconds: milliseconds / 1_000, p50: at(0.5), p99: at(0.99) };
}
