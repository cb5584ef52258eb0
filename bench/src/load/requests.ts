import { requestHead } from '../exchange.ts';
import { connect } from './connect.ts';
import { openStreams } from './http2-streams.ts';
import { summarise } from './latencies.ts';
import type { Latencies, LoadWork, Target } from './protocol.ts';
import { createResponseReader } from './response-reader.ts';

/** Something that asks one thing at a time: a connection, or a stream of one. */
export interface Slot {
  readonly ask: () => void;
  readonly close: () => void;
}

/** What slots report to. */
export interface SlotEvents {
  readonly onAnswer: (slot: Slot) => void;
  readonly onFailure: (error: Error) => void;
}

/** Requests on connections that stay open. */
export interface Requests {
  open(order: Parameters<LoadWork['open']>[0]): Promise<undefined>;
  run(order: Parameters<LoadWork['run']>[0]): Promise<Latencies>;
  close(): void;
}

/** Asks on many connections at once. */
export function createRequests(): Requests {
  let slots: readonly Slot[] = [];
  let onAnswer: SlotEvents['onAnswer'] = () => {};
  let onFailure: SlotEvents['onFailure'] = () => {};
  const events: SlotEvents = {
    onAnswer: (slot) => onAnswer(slot),
    onFailure: (error) => onFailure(error),
  };
  const close = () => {
    for (const slot of slots) slot.close();
    slots = [];
  };
  return {
    async open({ target, connections, http2Streams }) {
      close();
      const each = () =>
        http2Streams ? openStreams(target, http2Streams, events) : [openSlot(target, events)];
      const opening = Array.from({ length: connections }, each).flat();
      slots = await Promise.all(opening);
      return undefined;
    },
    run({ requests }) {
      const { promise, resolve, reject } = Promise.withResolvers<Latencies>();
      const latencies = new Float64Array(requests);
      const starts = new Map<Slot, number>();
      let sent = 0;
      let answered = 0;
      const ask = (slot: Slot) => {
        sent += 1;
        starts.set(slot, performance.now());
        slot.ask();
      };
      onFailure = reject;
      onAnswer = (slot) => {
        latencies[answered] = performance.now() - (starts.get(slot) ?? 0);
        answered += 1;
        if (answered === requests) resolve(summarise(latencies, performance.now() - begun));
        if (sent < requests) ask(slot);
      };
      const begun = performance.now();
      for (const slot of slots.slice(0, requests)) ask(slot);
      return promise;
    },
    close,
  };
}

async function openSlot(target: Target, { onAnswer, onFailure }: SlotEvents): Promise<Slot> {
  const request = Buffer.from(requestHead(target), 'latin1');
  const socket = await connect(target);
  const slot: Slot = {
    ask: () => void socket.write(request),
    close: () => void socket.removeAllListeners('close').destroy(),
  };
  const read = createResponseReader((status, content) => {
    if (status === 200) onAnswer(slot);
    else onFailure(new Error(`status ${status}: ${content}`));
  });
  socket.on('error', onFailure);
  socket.on('close', () => onFailure(new Error('a connection was closed under load')));
  socket.on('data', (chunk) => {
    try {
      read(chunk);
    } catch (thrown) {
      onFailure(thrown as Error);
    }
  });
  return slot;
}
