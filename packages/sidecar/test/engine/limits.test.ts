import { once } from 'node:events';
import net from 'node:net';
import type { AuditEvent } from '@pai/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { askH2, createLine, dial, openH2 } from './agent.ts';
import { startRig, useRig } from './rig.ts';
import { reply } from './service.ts';

const host = 'Host: api.example.com\r\n';
const get = `GET / HTTP/1.1\r\n${host}\r\n`;
const chunked = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;

/** A request whose head has exactly `size` bytes. */
function headOf(size: number): string {
  const rest = `GET / HTTP/1.1\r\n${host}X-A: \r\n\r\n`;
  return rest.replace('X-A: ', `X-A: ${'a'.repeat(size - rest.length)}`);
}

const fields = (count: number) =>
  `GET / HTTP/1.1\r\n${host}${Array.from({ length: count - 1 }, (_, i) => `X-${i}: a\r\n`).join('')}\r\n`;

/** What an agent is told, and what the audit line says of it. */
const errorOf = (response?: { readonly body: Buffer }) => JSON.parse(String(response?.body)).error;
const whyOf = (event?: AuditEvent) => ({ message: event?.reason, request_id: event?.request_id });

describe('sizes on HTTP/1.1', () => {
  const rig = useRig();
  test.each([
    ['a head of 64 KiB', headOf(65_536), 200, undefined],
    ['a head of one byte more', headOf(65_537), 431, 'headers_too_large'],
    ['256 fields', fields(256), 200, undefined],
    ['257 fields', fields(257), 431, 'headers_too_large'],
    ['a target of 16 KiB', `GET /${'a'.repeat(16_383)} HTTP/1.1\r\n${host}\r\n`, 200, undefined],
    [
      'a target of one byte more',
      `GET /${'a'.repeat(16_384)} HTTP/1.1\r\n${host}\r\n`,
      414,
      'target_too_long',
    ],
    ['a chunk line of over 4 KiB', `${chunked}1;${'a'.repeat(4_100)}\r\n`, 400, 'malformed_request'],
    [
      'trailers of over 64 KiB',
      `${chunked}0\r\n${`X: ${'a'.repeat(2_000)}\r\n`.repeat(40)}\r\n`,
      400,
      'malformed_request',
    ],
  ])('%s', async (_name, bytes, status, code) => {
    const { line, audit } = rig();
    const agent = await line();
    agent.send(bytes);
    const response = await agent.response('POST');
    expect(response?.status).toBe(status);
    const [event] = await audit(1);
    expect(event?.error).toBe(code);
    if (code !== undefined) expect(errorOf(response)).toEqual({ ...whyOf(event), code });
    expect(event?.status).toBe(status);
    if (code !== undefined) expect(event?.reason).toMatch(/larger|more than|longer|too (?:long|large|many)/);
  });
});

test('a response head that HTTP/2 cannot carry is said to be one, and the connection goes on', async () => {
  const rig = await startRig({
    answer: ({ target }, socket) => {
      const field = `X-A: ${'a'.repeat(1_000)}\r\n`;
      reply(socket, `HTTP/1.1 200 OK\r\n${field.repeat(target === '/large' ? 100 : 10)}Content-Length: 0`);
    },
  });
  const { socket } = await rig.line({ alpn: ['h2'] });
  const session = openH2(socket);
  const statuses: number[] = [];
  for (const path of ['/large', '/small'])
    statuses.push((await askH2(session, 'api.example.com', { path })).status);
  expect(statuses).toEqual([502, 200]);
  expect((await rig.audit(2)).map(({ error }) => error)).toEqual(['upstream_protocol', undefined]);
});

describe('deadlines of an agent on HTTP/1.1', () => {
  test('a head must be whole in time: 408', async () => {
    const rig = await startRig({ sidecar: { deadlines: { head: 200 } } });
    const agent = await rig.line();
    agent.send('GET / HTTP/1.1\r\nX-A: ');
    const drip = setInterval(() => agent.send('a'), 40);
    onTestFinished(() => clearInterval(drip));
    const response = await agent.response();
    expect(response?.status).toBe(408);
    const [event] = await rig.audit(1);
    expect(errorOf(response)).toEqual({ ...whyOf(event), code: 'agent_timeout' });
    expect(event).toMatchObject({
      decision: 'refuse',
      rule: 'agent_timeout',
      error: 'agent_timeout',
      status: 408,
    });
  });

  test('a connection that asks nothing is closed, and that is nothing to record', async () => {
    const rig = await startRig({ sidecar: { deadlines: { request: 150 } } });
    const agent = await rig.line();
    expect((await agent.rest()).length).toBe(0);
    const used = await rig.line();
    used.send(get);
    await used.response();
    expect((await used.rest()).length).toBe(0);
    await rig.audit(1);
  });

  test('content must go on: 408, and the service is not left with half of it as a whole', async () => {
    const rig = await startRig({ sidecar: { deadlines: { content: 200 } } });
    const agent = await rig.line();
    agent.send(`${chunked}5\r\nhello\r\n`);
    const response = await agent.response('POST');
    expect(response?.status).toBe(408);
    const [event] = await rig.audit(1);
    expect(errorOf(response)).toEqual({ ...whyOf(event), code: 'agent_timeout' });
    expect(event).toMatchObject({ decision: 'refuse', error: 'agent_timeout', status: 408, bytes_in: 5 });
    await vi.waitFor(() => expect(rig.service.open()).toBe(0));
    expect(rig.service.received().toString()).not.toContain('\r\n0\r\n\r\n');
  });

  test('the refusal of a HEAD whose content is late has none itself', async () => {
    const rig = await startRig({ sidecar: { deadlines: { content: 200 } } });
    const agent = await rig.line();
    agent.send(chunked.replace('POST', 'HEAD'));
    const said = String(await agent.rest());
    expect(said).toContain('HTTP/1.1 408 ');
    expect(said).toContain('x-pai-rule: agent_timeout\r\n');
    expect(said.endsWith('\r\n\r\n')).toBe(true);
    await rig.audit(1);
  });

  test('a response must be taken: else it is cut off', async () => {
    const rig = await startRig({
      sidecar: { deadlines: { taking: 300 } },
      answer: (_request, socket) =>
        reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${32 << 20}`, Buffer.alloc(32 << 20)),
    });
    const agent = await rig.line();
    agent.socket.pause();
    agent.send(get);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'allow', error: 'agent_timeout', status: 200 });
    expect(event?.bytes_out).toBeLessThan(32 << 20);
    await vi.waitFor(() => expect(rig.service.open()).toBe(0));
  });

  test('an agent that was told goodbye must hang up', async () => {
    const rig = await startRig({ sidecar: { deadlines: { farewell: 200 } } });
    const socket = net.connect({
      port: rig.sidecar.addresses.proxy[0]?.port ?? 0,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    socket.write('garbage\r\n\r\n');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await once(socket.resume(), 'end');
    const drip = setInterval(() => socket.write('more'), 20);
    onTestFinished(() => clearInterval(drip));
    await closed;
    await rig.audit(1);
  });

  test('content of a request that was answered is thrown away for so long only', async () => {
    const rig = await startRig({ sidecar: { deadlines: { farewell: 200 } } });
    const agent = await rig.line();
    agent.send(`POST /forbidden HTTP/1.1\r\n${host}Content-Length: 1000000\r\n\r\n`);
    expect((await agent.response())?.status).toBe(403);
    const drip = setInterval(() => agent.send('x'), 20);
    onTestFinished(() => clearInterval(drip));
    await agent.rest();
    await rig.audit(1);
  });

  test('a TLS handshake must be done in time', async () => {
    const rig = await startRig({ sidecar: { handshakeDeadline: 200 } });
    const line = createLine(await dial(rig.sidecar.addresses.listen[0]?.port ?? 0));
    line.send(Buffer.from([22, 3, 1]));
    await line.rest();
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'refuse', error: 'agent_timeout', status: 0 });
  });
});

describe('tunnels', () => {
  async function tunnelRig(limits: object) {
    const echo = net
      .createServer((socket) => socket.on('error', () => {}).pipe(socket))
      .listen(0, '127.0.0.1');
    onTestFinished(() => void echo.close());
    await once(echo, 'listening');
    const { port } = echo.address() as net.AddressInfo;
    const overrides = new Map([['echo.example.com', { address: '127.0.0.1', port }]]);
    const rig = await startRig({ sidecar: { egress: 'tunnel', overrides, ...limits } });
    const connect = async () => {
      const line = await rig.proxy();
      line.send('CONNECT echo.example.com:443 HTTP/1.1\r\nHost: echo.example.com:443\r\n\r\n');
      return { line, answer: String((await once(line.socket, 'data'))[0]) };
    };
    return { rig, connect };
  }

  test('over their number are refused with 503, those that are being made included (L8)', async () => {
    const { rig, connect } = await tunnelRig({ maxTunnels: 10 });
    const answers = await Promise.all(Array.from({ length: 15 }, connect));
    expect(answers.filter(({ answer }) => answer.includes(' 200 '))).toHaveLength(10);
    const refused = answers.filter(({ answer }) => answer.includes(' 503 '));
    expect(refused).toHaveLength(5);
    for (const { answer } of refused) expect(answer).toContain('x-pai-rule: overloaded');
    for (const event of await rig.audit(5))
      expect(event).toMatchObject({
        decision: 'refuse',
        error: 'overloaded',
        status: 503,
        method: 'CONNECT',
      });
    for (const { line } of answers) line.socket.destroy();
    await rig.audit(10);
    expect((await connect()).answer).toContain(' 200 ');
  });

  test('that carry nothing are closed after a while, and recorded', async () => {
    const { rig, connect } = await tunnelRig({ idleDeadline: 150 });
    const { line } = await connect();
    await line.rest();
    expect(await rig.audit(1)).toMatchObject([{ decision: 'tunnel', status: 200 }]);
  });
});

test('connections over the limit of the proxy door are closed, and recorded', async () => {
  const rig = await startRig({ sidecar: { maxConnections: 2 } });
  const held = await Promise.all([rig.proxy(), rig.proxy()]);
  await (await rig.proxy()).rest();
  const [event] = await rig.audit(1);
  expect(event).toMatchObject({ decision: 'refuse', error: 'overloaded', status: 0 });
  expect(held.map((line) => line.isClosed())).toEqual([false, false]);
});

test('a stop lets a request through CONNECT finish', async () => {
  const rig = await startRig({
    answer: (_request, socket) =>
      void setTimeout(() => reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok'), 300),
  });
  const agent = await rig.tunnel();
  agent.send(get);
  await vi.waitFor(() => expect(rig.service.requests).toHaveLength(1));
  const closing = rig.sidecar.close();
  expect((await agent.response())?.body.toString()).toBe('ok');
  await closing;
});
