import { createEvents } from './events.ts';
import { handshakes } from './handshakes.ts';
import type { LoadOrder, LoadReply, LoadWork } from './protocol.ts';
import { createRequests } from './requests.ts';
import { createStalls } from './stalls.ts';
import { transfer } from './transfers.ts';

const requests = createRequests();
const stalls = createStalls();
const events = createEvents();

const work: {
  readonly [Kind in keyof LoadWork]: (
    what: Parameters<LoadWork[Kind]>[0],
  ) => Promise<ReturnType<LoadWork[Kind]>>;
} = {
  open: requests.open,
  run: requests.run,
  handshakes,
  transfer,
  stall: stalls.stall,
  listen: events.listen,
  hear: events.hear,
  async close() {
    for (const each of [requests, stalls, events]) each.close();
    return undefined;
  },
};

process.on('message', (order: LoadOrder) => {
  obey(order).then(
    (result) => process.send?.({ result } satisfies LoadReply),
    (error: Error) => process.send?.({ error: error.message } satisfies LoadReply),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

function obey<Kind extends keyof LoadWork>({ kind, what }: LoadOrder<Kind>) {
  return work[kind](what);
}
