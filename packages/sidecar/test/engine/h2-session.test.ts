import { once } from 'node:events';
import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { bodyOf } from '@pai/core';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createH2Pool } from '../../src/upstream/h2-pool.ts';
import { openH2Session } from '../../src/upstream/h2-session.ts';
import {
  createFrameLine,
  type Frame,
  type FrameLine,
  frame,
  frameTypes,
  goaway,
  settings,
  settingsAck,
} from './h2-frames.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A connection, and what the service gets on it and says. */
function connect(): { socket: Socket; service: FrameLine } {
  const [near, far] = duplexPair();
  onTestFinished(() => void near.destroy());
  const service = createFrameLine(far);
  service.send(settings(), settingsAck);
  return { socket: near as Socket, service };
}

const isPing = ({ type, flags }: Frame) => type === frameTypes.PING && flags === 0;
const answerTo = (ping: Frame | undefined) => frame(frameTypes.PING, 1, 0, ping?.payload);

async function silentSession() {
  const { socket, service } = connect();
  const session = await openH2Session(socket, 'service.invalid', 10_000);
  vi.advanceTimersByTime(11_000);
  const asked = session.isAlive();
  return { socket, service, session, asked, ping: await service.until(isPing) };
}

test('a session that was told to end before its PING was answered gets no request', async () => {
  const { service, asked, ping } = await silentSession();
  service.send(goaway(0, 0), answerTo(ping));
  expect(await asked).toBe(false);
});

test('a service that is slow to answer a PING keeps what it has, and gets what is new when it has answered', async () => {
  const { socket, service, session, asked, ping } = await silentSession();
  expect(session.hasRoom()).toBe(true);
  vi.advanceTimersByTime(2_500);
  expect(await asked).toBe(false);
  expect([session.hasRoom(), socket.destroyed]).toEqual([false, false]);
  service.send(answerTo(ping));
  await vi.waitFor(() => expect(session.hasRoom()).toBe(true));
});

test('a service that does not answer a PING is given up', async () => {
  const { socket, session } = await silentSession();
  vi.advanceTimersByTime(21_000);
  await once(socket, 'close');
  expect([session.isOpen(), await session.isAlive()]).toEqual([false, false]);
});

test.each([
  ['keeps no request waiting for ever', false],
  ['keeps no connection that nobody uses', true],
])('a service that says GOAWAY and then breaks HTTP/2 %s', async (_name, isGivenUp) => {
  const pool = createH2Pool();
  const { socket, service } = connect();
  const request = {
    method: 'GET',
    host: 'service.invalid',
    port: 443,
    target: '/',
    headers: [],
    body: bodyOf(''),
  };
  const seat = await pool.take('service', request, async () => socket);
  const failures: unknown[] = [];
  const unwanted = () => expect.unreachable('there is no response');
  const call = seat.start({
    onInterim: unwanted,
    onHead: unwanted,
    onSwitch: unwanted,
    onData: unwanted,
    onEnd: unwanted,
    onError: ({ code }) => void failures.push(code),
  });
  await service.until(({ type }) => type === frameTypes.HEADERS);
  const isBroken = ({ type, payload }: Frame) => type === frameTypes.GOAWAY && payload.readUInt32BE(4) !== 0;
  service.send(goaway(1, 0), frame(frameTypes.PING, 0, 0, Buffer.alloc(3)));
  await service.until(isBroken);
  expect([failures, socket.destroyed]).toEqual([[], false]);
  if (isGivenUp) call.abort();
  await vi.waitFor(() => {
    vi.advanceTimersByTime(10_000);
    expect(socket.destroyed).toBe(true);
  });
  await vi.waitFor(() => expect(failures).toEqual(isGivenUp ? [] : ['upstream_unreachable']));
  pool.close();
});
