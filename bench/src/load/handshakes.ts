import { requestHead } from '../exchange.ts';
import { connect } from './connect.ts';
import { summarise } from './latencies.ts';
import type { Latencies, LoadWork, Target } from './protocol.ts';
import { createResponseReader } from './response-reader.ts';

/** New connections without resumption, one after the other in each lane. */
export async function handshakes({
  target,
  hosts,
  count,
  lanes,
  asks,
}: Parameters<LoadWork['handshakes']>[0]): Promise<Latencies> {
  const latencies = new Float64Array(count);
  let next = 0;
  const begun = performance.now();
  const lane = async () => {
    while (next < count) {
      const i = next;
      next += 1;
      const started = performance.now();
      await once({ ...target, host: hosts[i % hosts.length] ?? target.host }, asks);
      latencies[i] = performance.now() - started;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return summarise(latencies, performance.now() - begun);
}

async function once(target: Target, asks: boolean): Promise<void> {
  const socket = await connect(target);
  try {
    if (!asks) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const read = createResponseReader((status, content) =>
      status === 200 ? resolve() : reject(new Error(`status ${status}: ${content}`)),
    );
    socket.on('data', read).on('error', reject);
    socket.on('close', () => reject(new Error('a connection was closed without an answer')));
    socket.write(requestHead(target));
    await promise;
  } finally {
    socket.on('error', () => {}).end();
  }
}
