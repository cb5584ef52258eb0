import { readdirSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { createBody } from '@pai/core';
import { describe, expect, test, vi } from 'vitest';
import { createH1Server } from '../../src/agent/h1.ts';
import { createLine, dial, openH2, secure } from './agent.ts';
import { type Rig, startRig, useRig } from './rig.ts';
import { reply } from './service.ts';

const host = 'Host: api.example.com\r\n';
const get = `GET / HTTP/1.1\r\n${host}\r\n`;

async function h2Of({ sidecar }: Rig) {
  const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
  return openH2(
    await secure(socket, { ca: sidecar.ca.certificatePem, servername: 'api.example.com', alpn: ['h2'] }),
  );
}

describe('an agent that leaves', () => {
  const rig = useRig({ answer: () => {} });

  test.each(['while the service thinks', 'in the middle of its content'])(
    '%s: the connection to the service ends',
    async (when) => {
      const { line, service, audit } = rig();
      for (const protocol of ['h1', 'h2'] as const) {
        service.forget();
        if (protocol === 'h1') {
          const agent = await line();
          agent.send(
            when.includes('content') ? `POST / HTTP/1.1\r\n${host}Content-Length: 50\r\n\r\nhalf` : get,
          );
          await vi.waitFor(() =>
            expect(service.received().length).toBeGreaterThan(when.includes('content') ? 100 : 0),
          );
          agent.socket.destroy();
        } else {
          const session = await h2Of(rig());
          const stream = session.request(
            { ':path': '/', ':method': 'POST', ':authority': 'api.example.com' },
            { endStream: !when.includes('content') },
          );
          stream.on('error', () => {});
          if (when.includes('content')) stream.write('half');
          await vi.waitFor(() => expect(service.received().length).toBeGreaterThan(0));
          session.destroy();
        }
        const [event] = await audit(1);
        expect(event).toMatchObject({ decision: 'allow', status: 0, error: 'agent_gone' });
        await vi.waitFor(() => expect(service.open()).toBe(0));
        expect(service.received().toString()).not.toContain('\r\n0\r\n\r\n');
      }
    },
  );

  test('with pipelined requests waiting: those that were not begun are nothing', async () => {
    const { line, audit, service, admin } = rig();
    const agent = await line();
    agent.send(get + get + get);
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    agent.socket.destroy();
    expect(await audit(1)).toMatchObject([{ error: 'agent_gone' }]);
    expect(service.requests).toHaveLength(1);
    expect((await admin('/metrics')).text).toContain('pai_requests_active 0\n');
  });

  test('in the middle of a response', async () => {
    const talking = await startRig({
      answer: (_request, socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const timer = setInterval(() => socket.write('x'.repeat(1000)), 5);
        socket.once('close', () => clearInterval(timer));
      },
    });
    const agent = await talking.line();
    agent.send(get);
    await new Promise((resolve) => agent.socket.once('data', resolve));
    agent.socket.destroy();
    const session = await h2Of(talking);
    const stream = session.request({ ':path': '/', ':authority': 'api.example.com' });
    stream.on('error', () => {}).once('data', () => stream.close(8));
    const events = await talking.audit(2);
    for (const event of events) expect(event).toMatchObject({ status: 200, error: 'agent_gone' });
    await vi.waitFor(() => expect(talking.service.open()).toBe(0));
  });
});

test('requests that are sent all at once are answered in their order, one at a time', async () => {
  let underWay = 0;
  const rig = await startRig({
    answer: ({ target }, socket) => {
      underWay += 1;
      expect(underWay).toBe(1);
      setImmediate(() => {
        underWay -= 1;
        reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}`, target);
      });
    },
  });
  const agent = await rig.line();
  const targets = Array.from({ length: 300 }, (_, i) => `/${i}/${'x'.repeat(100)}`);
  agent.send(targets.map((target) => `GET ${target} HTTP/1.1\r\n${host}\r\n`).join(''));
  for (const target of targets) expect((await agent.response())?.body.toString()).toBe(target);
  await rig.audit(300);
});

test('agents that leave at any moment of a response leave nothing behind', async () => {
  const rig = await startRig({
    answer: (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n');
      setTimeout(() => socket.write('2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'), 3);
    },
  });
  const leave = async (i: number) => {
    const session = await h2Of(rig);
    for (let n = 0; n < 5; n += 1) {
      const stream = session.request({ ':path': '/', ':authority': 'api.example.com' });
      stream.on('error', () => {}).resume();
      if (n === i % 5) setTimeout(() => stream.close(i % 2 === 0 ? 8 : 0), i % 11);
    }
    await delay(i % 13);
    if (i % 3 === 0) session.goaway();
    if (i % 3 === 1) session.destroy();
    else session.close();
    const agent = await rig.line();
    agent.send(get + get);
    await delay(i % 7);
    agent.socket.destroy();
  };
  for (let i = 0; i < 60; i += 6) {
    await Promise.all(Array.from({ length: 6 }, (_, n) => leave(i + n)));
  }
  const quiet = async () => expect((await rig.admin('/metrics')).text).toContain('pai_requests_active 0\n');
  await vi.waitFor(quiet);
  expect((await rig.ask({})).body).toBe('okok');
  const lines = await rig.auditSoFar();
  expect(new Set(lines.map(({ request_id }) => request_id)).size).toBe(lines.length);
});

test('agents that break off over HTTP/2 leave no connection open (nodejs/node#55804)', async () => {
  const large = Buffer.alloc(1_000_000);
  const rig = await startRig({
    answer: ({ method }, socket) => {
      if (method === 'GET')
        reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${large.length}`, large.toString());
    },
  });
  const open = () => readdirSync('/dev/fd').length;
  await rig.ask({});
  const before = open();
  const breakOff = async (i: number) => {
    const { socket } = await rig.line({ alpn: ['h2'] });
    const session = openH2(socket);
    for (let n = 0; n < 4; n += 1) {
      const method = n % 2 === 0 ? 'GET' : 'PUT';
      const head = { ':path': '/', ':authority': 'api.example.com', ':method': method };
      const stream = session.request(head, { endStream: method === 'GET' }).on('error', () => {});
      if (method === 'PUT') stream.write(large.subarray(0, 100_000));
      setTimeout(() => stream.close(i % 2 === 0 ? 8 : 0), (i + n) % 11);
    }
    await delay(i % 13);
    socket.destroy();
    session.destroy();
  };
  for (let i = 0; i < 80; i += 4) await Promise.all(Array.from({ length: 4 }, (_, n) => breakOff(i + n)));
  await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(before), { timeout: 12_000, interval: 200 });
}, 30_000);

test('a connection that a CONNECT takes behind another request is not read before its taker does', async () => {
  const taken = Promise.withResolvers<Socket>();
  const server = createH1Server({
    handle: (exchange) =>
      void setImmediate(() => {
        exchange.start(200, ['Content-Length', '0'], true);
        exchange.end([]);
      }),
    connect: taken.resolve,
    onMalformed: () => {},
    connectionOf: () => ({ host: 'x', port: 443 }),
    agent: undefined,
  });
  const listener = net.createServer((socket) => server.accept(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const line = createLine(await dial((listener.address() as { port: number }).port));
  line.send('GET / HTTP/1.1\r\nHost: x\r\n\r\nCONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n');
  const socket = await taken.promise;
  line.send('early');
  await delay(50);
  const read = new Promise((resolve) => socket.once('data', resolve));
  socket.resume();
  line.send(' late');
  expect(String(await read)).toMatch(/^early/);
  socket.destroy();
  listener.close();
});

describe('content that is malformed after the head was judged', () => {
  test('waits behind the response under way, however often it goes on', async () => {
    let waiting: Socket | undefined;
    const { line, audit } = await startRig({
      answer: (_request, socket) => {
        waiting = socket;
      },
    });
    const agent = await line();
    agent.send(`${get}garbage\r\n\r\n`);
    await vi.waitFor(() => expect(waiting).toBeDefined());
    for (let i = 0; i < 3; i += 1) {
      agent.send('more garbage\r\n\r\n');
      await delay(20);
    }
    if (waiting !== undefined) reply(waiting, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok');
    expect([(await agent.response())?.status, (await agent.response())?.status]).toEqual([200, 400]);
    await audit(2);
  });

  test('ends the request at the service unfinished, and is one line', async () => {
    const { line, service, audit } = await startRig();
    const agent = await line();
    agent.send(`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
    await vi.waitFor(() => expect(service.received().toString()).toContain('hello'));
    agent.send('zz\r\nevil\r\n0\r\n\r\n');
    expect((await agent.response())?.status).toBe(400);
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', error: 'malformed_request', status: 400 });
    await vi.waitFor(() => expect(service.open()).toBe(0));
    expect(service.received().toString()).not.toContain('\r\n0\r\n\r\n');
  });
});

describe('answers before the request has ended', () => {
  const early = {
    onData: (_chunk: Buffer, socket: Socket) =>
      Boolean(
        reply(socket, 'HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked', '2\r\nno\r\n0\r\n\r\n') ?? true,
      ),
  };
  test('reach the agent whole, by both protocols', async () => {
    const rig = await startRig(early);
    const agent = await rig.line();
    agent.send(`POST / HTTP/1.1\r\n${host}Content-Length: 1000\r\n\r\n${'x'.repeat(100)}`);
    expect(await agent.response()).toMatchObject({ status: 413, isWhole: true });
    agent.send('x'.repeat(900) + get);
    expect((await agent.response())?.status).toBe(413);
    const session = await h2Of(rig);
    const stream = session.request(
      { ':path': '/', ':method': 'POST', ':authority': 'api.example.com' },
      { endStream: false },
    );
    stream.on('error', () => {}).write('x');
    let body = '';
    for await (const chunk of stream) body += chunk;
    expect(body).toBe('no');
    stream.close();
    await rig.audit(3);
  });
});

describe('deadlines', () => {
  test('a head that comes too slowly is cut off with 408 (F16)', async () => {
    const malformed: number[] = [];
    const server = createH1Server({
      handle: () => {},
      onMalformed: (_facts, status) => void malformed.push(status),
      connectionOf: () => ({ host: 'x', port: 443 }),
      agent: undefined,
      deadlines: { head: 200 },
    });
    const listener = net.createServer((socket) => server.accept(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    const line = createLine(await dial((listener.address() as { port: number }).port));
    line.send('GET / HTTP/1.1\r\nX-A: ');
    const drip = setInterval(() => line.send('a'), 50);
    expect((await line.response())?.status).toBe(408);
    clearInterval(drip);
    await line.rest();
    expect(malformed).toEqual([408]);
    server.close();
    listener.close();
  });

  test('content that must be read and does not come is an error', async () => {
    const body = createBody({ length: 5, open: () => new Readable({ read() {} }), patience: 50 });
    await expect(body.bytes(10)).rejects.toMatchObject({ code: 'malformed_request' });
  });
});
