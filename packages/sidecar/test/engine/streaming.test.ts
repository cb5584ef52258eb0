import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { dial, openH2, secure } from './agent.ts';
import { type Rig, startRig, useRig } from './rig.ts';
import { reply } from './service.ts';

const host = 'Host: api.example.com\r\n';
const total = 64 << 20;
const piece = Buffer.alloc(64 << 10, 'x');

async function secured({ sidecar }: Rig, alpn: string) {
  const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
  return secure(socket, { ca: sidecar.ca.certificatePem, servername: 'api.example.com', alpn: [alpn] });
}

/** Writes `total` bytes as fast as they are taken. */
async function pour(to: Duplex): Promise<void> {
  const closed = new Promise((resolve) => to.once('close', resolve));
  for (let sent = 0; sent < total && !to.destroyed; sent += piece.length) {
    if (!to.write(piece)) await Promise.race([once(to, 'drain').catch(() => undefined), closed]);
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, garbage not counted, that this process gained at most while `run` ran. */
async function growthDuring(run: () => Promise<void>): Promise<number> {
  const used = () => {
    collectGarbage();
    // What the first has found is freed beside this thread, and waited for by the second.
    collectGarbage();
    const { external, heapUsed } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, used());
  }, 250);
  await run();
  clearInterval(timer);
  return most - before;
}

describe('64 MiB', () => {
  const down = useRig({
    onData: (_chunk, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      void pour(socket);
      return true;
    },
  });
  test.each(['h1', 'h2'] as const)(
    'come down to a reader that pauses, in little memory: %s',
    async (protocol) => {
      const growth = await growthDuring(async () => {
        const socket = await secured(down(), protocol === 'h1' ? 'http/1.1' : 'h2');
        let from: Duplex = socket;
        if (protocol === 'h1') socket.write(`GET / HTTP/1.1\r\n${host}\r\n`);
        else from = openH2(socket).request({ ':path': '/', ':authority': 'api.example.com' });
        let got = 0;
        let pauses = 0;
        const { promise, resolve } = Promise.withResolvers<void>();
        from.on('data', (chunk: Buffer) => {
          got += chunk.length;
          if (got >= total) resolve();
          if (got > pauses * (8 << 20)) {
            pauses += 1;
            from.pause();
            setTimeout(() => from.resume(), 40);
          }
        });
        await promise;
        from.destroy();
        socket.destroy();
      });
      expect(growth / (1 << 20)).toBeLessThan(60);
      const [event] = await down().audit(1);
      expect(event).toMatchObject({ status: 200, bytes_out: total });
    },
  );

  let taken = 0;
  const up = useRig({
    onData: (chunk, socket) => {
      const isFirst = taken === 0;
      taken += chunk.length;
      if (Math.floor(taken / (8 << 20)) !== Math.floor((taken - chunk.length) / (8 << 20))) {
        socket.pause();
        setTimeout(() => socket.resume(), 40);
      }
      if (!isFirst && taken >= total + 100)
        reply(socket, 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2', 'ok');
      return true;
    },
  });
  test.each(['h1', 'h2'] as const)(
    'go up to a service that pauses, in little memory: %s',
    async (protocol) => {
      taken = 0;
      const growth = await growthDuring(async () => {
        const socket = await secured(up(), protocol === 'h1' ? 'http/1.1' : 'h2');
        if (protocol === 'h1') {
          socket.write(`POST / HTTP/1.1\r\n${host}Content-Length: ${total}\r\n\r\n`);
          const answered = once(socket, 'data');
          await pour(socket);
          expect(String((await answered)[0])).toContain(' 200 ');
        } else {
          const stream = openH2(socket).request({
            ':path': '/',
            ':method': 'POST',
            ':authority': 'api.example.com',
            'content-length': total,
          });
          const answered = once(stream, 'response');
          await pour(stream);
          stream.end();
          expect((await answered)[0][':status']).toBe(200);
        }
        socket.destroy();
      });
      expect(growth / (1 << 20)).toBeLessThan(60);
      await up().audit(1);
    },
  );
});

test('a service that takes nothing stops the agent, in little memory, and the wait has an end (F16)', async () => {
  const rig = await startRig({
    onConnection: (socket) => void socket.pause(),
    onData: () => true,
    sidecar: { stallDeadline: 500 },
  });
  const socket = await secured(rig, 'http/1.1');
  socket.write(`POST / HTTP/1.1\r\n${host}Content-Length: ${total}\r\n\r\n`);
  const answered = once(socket, 'data');
  let written = 0;
  const growth = await growthDuring(async () => {
    for (let isOpen = true; isOpen; written += piece.length) {
      if (socket.write(piece)) continue;
      isOpen = await Promise.race([once(socket, 'drain').then(() => true), answered.then(() => false)]);
    }
  });
  expect(String((await answered)[0])).toContain('upstream_timeout');
  expect(written).toBeLessThan(total);
  expect(growth / (1 << 20)).toBeLessThan(60);
  socket.destroy();
  const [event] = await rig.audit(1);
  expect(event).toMatchObject({ status: 504, error: 'upstream_timeout' });
});

test.each(['h1', 'h2'] as const)('events arrive one by one, as they are sent: %s', async (protocol) => {
  let service: Socket | undefined;
  const rig = await startRig({
    answer: (_request, socket) => {
      service = socket;
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
    },
  });
  const socket = await secured(rig, protocol === 'h1' ? 'http/1.1' : 'h2');
  let from: Duplex = socket;
  if (protocol === 'h1') socket.write(`GET / HTTP/1.1\r\n${host}\r\n`);
  else from = openH2(socket).request({ ':path': '/', ':authority': 'api.example.com' });
  let text = '';
  from.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await vi.waitFor(() => expect(service).toBeDefined());
  for (let i = 0; i < 20; i += 1) {
    const event = `data: ${i}\n\n`;
    service?.write(`${event.length.toString(16)}\r\n${event}\r\n`);
    await vi.waitFor(() => expect(text).toContain(event), { interval: 1 });
  }
  socket.destroy();
  await rig.audit(1);
});

test('200 requests at once all get their own answer', async () => {
  const rig = await startRig({
    answer: ({ target }, socket) =>
      void setTimeout(() => reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}`, target), 20),
  });
  const session = openH2(await secured(rig, 'h2'));
  const bodies = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const stream = session.request({ ':path': `/n/${i}`, ':authority': 'api.example.com' });
      let body = '';
      for await (const chunk of stream) body += chunk;
      return body;
    }),
  );
  expect(bodies).toEqual(Array.from({ length: 200 }, (_, i) => `/n/${i}`));
  await rig.audit(200);
});
