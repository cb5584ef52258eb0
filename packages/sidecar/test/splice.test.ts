import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { splice } from '../src/splice.ts';

/** A socket whose every write takes its time. */
function slowSocket(taken: Buffer[]): Socket {
  const duplex = new Duplex({
    allowHalfOpen: false,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      setTimeout(() => {
        taken.push(chunk);
        done();
      }, 20);
    },
  });
  return Object.assign(duplex, { setTimeout: () => duplex }) as unknown as Socket;
}

test.each(['service', 'agent'] as const)(
  'what the %s said before it left reaches the other',
  async (leaver) => {
    const heard: Record<'agent' | 'service', Buffer[]> = { agent: [], service: [] };
    const sockets = { agent: slowSocket(heard.agent), service: slowSocket(heard.service) };
    const carried = { bytes_in: 0, bytes_out: 0 };
    const onEnd = vi.fn();
    splice(sockets.agent, sockets.service, { carried, idleDeadline: 1_000, onEnd });
    const words = Array.from({ length: 10 }, (_, i) => `word ${i} `);
    for (const word of words) sockets[leaver].push(word);
    sockets[leaver].push(null);
    await vi.waitFor(() => expect(onEnd).toHaveBeenCalledTimes(1));
    const listener = leaver === 'agent' ? 'service' : 'agent';
    expect(Buffer.concat(heard[listener]).toString()).toBe(words.join(''));
    expect(carried).toEqual({
      bytes_in: leaver === 'agent' ? 70 : 0,
      bytes_out: leaver === 'service' ? 70 : 0,
    });
  },
);

test('a side that breaks breaks the other', async () => {
  const [agent, service] = [slowSocket([]), slowSocket([])];
  const onEnd = vi.fn();
  splice(agent, service, { carried: { bytes_in: 0, bytes_out: 0 }, idleDeadline: 1_000, onEnd });
  service.destroy(new Error('reset'));
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledTimes(1));
  expect(agent.destroyed).toBe(true);
});
