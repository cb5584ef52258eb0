import http2 from 'node:http2';
import { requestFields } from '../exchange.ts';
import { connect } from './connect.ts';
import type { Target } from './protocol.ts';
import type { Slot, SlotEvents } from './requests.ts';

/** Opens one HTTP/2 session and gives its streams as slots. The first one closes the session. */
export function openStreams(target: Target, count: number, events: SlotEvents): Promise<Slot>[] {
  const session = openSession(target, events);
  return Array.from({ length: count }, async () => streamOf(await session, target, events));
}

async function openSession(target: Target, { onFailure }: SlotEvents): Promise<http2.ClientHttp2Session> {
  const socket = await connect(target, ['h2']);
  if (socket.alpnProtocol !== 'h2') throw new Error('HTTP/2 was not accepted');
  const session = http2.connect(`https://${target.host}`, { createConnection: () => socket });
  session.on('error', onFailure);
  return session;
}

function streamOf(
  session: http2.ClientHttp2Session,
  { host, path, token }: Target,
  { onAnswer, onFailure }: SlotEvents,
): Slot {
  const headers = {
    ':method': 'GET',
    ':path': path,
    ':authority': host,
    ...Object.fromEntries(requestFields),
    authorization: `token ${token}`,
  };
  const slot: Slot = {
    ask() {
      const stream = session.request(headers);
      let status = 0;
      stream.on('response', (fields) => {
        status = Number(fields[':status']);
      });
      stream.on('error', onFailure);
      stream.on('end', () => {
        if (status === 200) onAnswer(slot);
        else onFailure(new Error(`status ${status}`));
      });
      stream.resume();
    },
    close: () => session.destroy(),
  };
  return slot;
}
