import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent } from '@pai/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuditLog } from '../../src/audit-log.ts';
import { startRig } from './rig.ts';
import { startService } from './service.ts';

const get = 'GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n';

/** A web server that answers every connection with the same bytes. */
async function serve(bytes: string): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

describe('the process survives', () => {
  test('an agent that resets a connection with a CONNECT behind an unfinished request', async () => {
    const rig = await startRig({ answer: () => {} });
    const agent = await rig.proxy();
    agent.send(
      'GET https://api.example.com/slow HTTP/1.1\r\nHost: api.example.com\r\n\r\nCONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    await vi.waitFor(() => expect(rig.service.requests.length).toBe(1));
    (agent.socket as net.Socket).resetAndDestroy();
    await rig.audit(1);
    await delay(50);
    const again = await rig.proxy();
    again.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await again.response())?.status).toBe(400);
  });

  test.each([
    ['a status below 100', 'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('a host in clear that answers with %s, and records it', async (_name, answer) => {
    const port = await serve(answer);
    const overrides = new Map([['web.example.com', { address: '127.0.0.1', port }]]);
    const rig = await startRig({ sidecar: { egress: 'tunnel', overrides } });
    const agent = await rig.proxy();
    agent.send(
      'POST http://web.example.com/ HTTP/1.1\r\nHost: web.example.com\r\nContent-Length: 2\r\n\r\nhi',
    );
    expect((await agent.response())?.status).toBe(502);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ host: 'web.example.com:80', error: 'upstream_protocol' });
  });

  test.each([
    ['closes', (socket: net.Socket) => void socket.end(), 'web.example.com closed the connection'],
    [
      'breaks off',
      (socket: net.Socket) => void socket.resetAndDestroy(),
      'the connection to web.example.com was lost (ECONNRESET)',
    ],
  ])('a host in clear that %s in place of an answer, and says which', async (_name, leave, words) => {
    const web = await startService(undefined, { answer: (_request, socket) => leave(socket) });
    const overrides = new Map([['web.example.com', { address: '127.0.0.1', port: web.port }]]);
    const rig = await startRig({ sidecar: { egress: 'tunnel', overrides } });
    const agent = await rig.proxy();
    agent.send('GET http://web.example.com/ HTTP/1.1\r\nHost: web.example.com\r\n\r\n');
    const response = await agent.response();
    expect(response?.status).toBe(502);
    expect(String(response?.body)).toContain(`${words} before its response was complete`);
    await rig.audit(1);
  });
});

test('TRACE is refused in any case of its letters, by HTTP/2 too', async () => {
  const rig = await startRig({});
  expect((await rig.ask({ method: 'trace', protocol: 'h2' })).status).toBe(400);
  expect((await rig.ask({ method: 'TRACE', protocol: 'h2' })).status).toBe(405);
  expect(rig.service.requests).toEqual([]);
});

test('a request that is under way at the end is recorded before the log is closed', async () => {
  const rig = await startRig({ answer: () => {} });
  const agent = await rig.line();
  agent.send(get);
  await vi.waitFor(() => expect(rig.service.requests.length).toBe(1));
  await rig.sidecar.close(0);
  const [event] = await rig.audit(1);
  expect(event).toMatchObject({ decision: 'allow', error: 'agent_gone' });
});

test('a log that cannot keep up refuses requests, and loses no line of one that was judged', async () => {
  const log = createAuditLog('/dev/null', () => {});
  const path = 'x'.repeat(100_000);
  for (const decision of ['allow', 'deny', 'answer', 'tunnel'] as const)
    for (let i = 0; i < 15; i += 1) log.write({ rule: 'policy.allow[0]', decision, path } as AuditEvent);
  expect(log.obstacle()).toMatchObject({ code: 'audit_unavailable' });
  expect(log.lost()).toBe(0);
  // Those without a key, or that are no HTTP, cost nothing to send.
  for (const rule of ['audit_unavailable', 'access_key_refused', 'malformed_request'])
    log.write({ rule, decision: 'refuse', path } as AuditEvent);
  expect(log.lost()).toBe(3);
  await vi.waitFor(() => expect(log.obstacle()).toBeUndefined());
  await log.close();
});
