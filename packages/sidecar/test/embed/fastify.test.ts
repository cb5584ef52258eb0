import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import { pai } from '../../src/fastify.ts';
import { canaries, httpProvider, startRig } from '../engine/rig.ts';
import { reply, startService } from '../engine/service.ts';
import { gateOptions, startApp } from './stage.ts';

test('a service whose certificate no trusted CA has signed gets no credential, and no request', async () => {
  const rig = await startRig();
  const { cert, key } = loadCa().leafFor('api.example.com');
  const impostor = await startService({ cert, key });
  const overrides = new Map([['api.example.com', { address: '127.0.0.1', port: impostor.port }]]);
  const { base, audit } = await startApp(rig, { overrides });
  const response = await fetch(`${base}/provider/api/v1`);
  expect(response.status).toBe(502);
  expect(await audit(1)).toMatchObject([{ error: 'upstream_untrusted', status: 502 }]);
  expect(impostor.received().length).toBe(0);
});

test('32 MiB of text stream to the service, and as many back', async () => {
  let received = 0;
  const rig = await startRig({
    onData: (chunk, socket) => {
      received += chunk.length;
      if (received > 32 * 1024 ** 2)
        reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 33554432', Buffer.alloc(32 * 1024 ** 2, 'y'));
      return true;
    },
  });
  const { base } = await startApp(rig);
  const chunk = Buffer.alloc(256 * 1024, 'x');
  const body = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      sent += 1;
      if (sent > 128) controller.close();
      else controller.enqueue(new Uint8Array(chunk));
    },
  });
  let sent = 0;
  const init = { method: 'PUT', body, duplex: 'half', headers: { 'content-type': 'text/plain' } };
  const response = await fetch(`${base}/provider/api/v1`, init as RequestInit);
  expect(response.status).toBe(200);
  let size = 0;
  for await (const part of response.body ?? []) size += part.length;
  expect(size).toBe(32 * 1024 ** 2);
});

test('an event stream comes event by event, and the service learns that the agent has gone', async () => {
  const rig = await startRig({
    answer: (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    },
  });
  const { base, audit } = await startApp(rig);
  const ended = new AbortController();
  const response = await fetch(`${base}/provider/api/v1`, { signal: ended.signal });
  const reader = response.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
  expect(rig.service.open()).toBe(1);
  ended.abort();
  await expect.poll(() => rig.service.open()).toBe(0);
  expect(await audit(1)).toMatchObject([{ error: 'agent_gone', status: 200, bytes_out: 9 }]);
});

test('200 streams at one time are all served', async () => {
  const rig = await startRig({
    answer: (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    },
  });
  const { port } = await startApp(rig);
  const agent = new http.Agent({ maxSockets: 200 });
  onTestFinished(() => agent.destroy());
  const first = () =>
    new Promise<string>((resolve, reject) => {
      const request = http.get({ port, host: '127.0.0.1', path: '/pai/provider/api/v1', agent });
      request.on('response', (response) => response.once('data', (data) => resolve(String(data))));
      request.once('error', reject);
    });
  expect(new Set(await Promise.all(Array.from({ length: 200 }, first)))).toEqual(new Set(['data: 1\n\n']));
});

test('a 503 is passed on, not tried again; duplicate fields stay two, trailers come, the credential is masked', async () => {
  const rig = await startRig({
    answer: (_request, socket) =>
      reply(
        socket,
        'HTTP/1.1 503 Busy\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nRetry-After: 1\r\nTransfer-Encoding: chunked',
        `${(7 + canaries.api.length).toString(16)}\r\nit was ${canaries.api}\r\n0\r\nX-Sum: 7\r\n\r\n`,
      ),
  });
  const { port, audit } = await startApp(rig);
  const request = http.get({ port, host: '127.0.0.1', path: '/pai/provider/api/v1' });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  expect(response.statusCode).toBe(503);
  expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  expect(response.trailers).toEqual({ 'x-sum': '7' });
  expect(text).toMatch(/^it was (?!canary)/);
  expect(rig.service.requests).toHaveLength(1);
  expect(await audit(1)).toMatchObject([{ status: 503, redactions: 1 }]);
});

test.each([
  ['one link', '</a.css>; rel=preload; as=style', '</a.css>; rel=preload; as=style'],
  ['several in one field', '</a>; rel=preload, </b>; rel=preload', '</a>; rel=preload, </b>; rel=preload'],
  ['one that Node does not write', '</a>; rel=preload; title="a b"', undefined],
])('early hints of a service are no obstacle to its answer: %s', async (_what, link, passedOn) => {
  const rig = await startRig({
    answer: (_request, socket) => {
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\n\r\n`);
      reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok');
    },
  });
  const { base } = await startApp(rig);
  let hint: unknown;
  const request = http.get(`${base}/provider/api/v1`);
  request.on('information', ({ headers }) => {
    hint = headers['link'];
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  expect([response.statusCode, hint]).toEqual([200, passedOn]);
});

test.each(['/', '/pai/'])('the prefix %s is one without its last slash', async (prefix) => {
  const rig = await startRig();
  const app = Fastify();
  await app.register(pai, { ...gateOptions(rig), prefix });
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}${prefix}provider/api/v1`)).status).toBe(200);
});

test('only programs of this machine are served, unless the hooks of the application decide', async () => {
  const rig = await startRig();
  const { port, base, audit } = await startApp(rig);
  const status = async (headers: Record<string, string>, at = port) => {
    const request = http.get({ port: at, host: '127.0.0.1', path: '/pai/provider/api/v1', headers });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  expect(await status({ origin: 'https://evil.example' })).toBe(403);
  expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await status({ host: 'rebound.example' })).toBe(421);
  expect(await status({ host: 'localhost' })).toBe(200);
  expect((await audit(4)).map(({ rule }) => rule)).toEqual([
    'origin_refused',
    'origin_refused',
    'misdirected_request',
    'policy.httpRules[1]',
  ]);
  expect(base).toContain('127.0.0.1');

  const guarded = Fastify();
  guarded.addHook('preHandler', async (request, answer) => {
    if (request.headers['x-door-key'] !== 'mine') await answer.code(401).send('no');
  });
  await guarded.register(pai, { ...gateOptions(rig), prefix: '/pai', access: 'hooks' });
  await guarded.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => guarded.close());
  const { port: own } = guarded.server.address() as AddressInfo;
  rig.service.forget();
  expect(await status({ host: 'app.example' }, own)).toBe(401);
  expect(rig.service.requests).toEqual([]);
  expect(await status({ host: 'app.example', 'x-door-key': 'mine' }, own)).toBe(200);
});

test('a path that leads nowhere, or is spelled another way, is refused and written down', async () => {
  const rig = await startRig();
  const { base, audit } = await startApp(rig);
  const status = async (path: string) => {
    // Fetch would try again after a 421.
    const [response] = (await once(http.get(path), 'response')) as [http.IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  const paths = ['/provider/nobody/x', '/host/other.example/x', '/what', '/host/api.example.com/v1'];
  const statuses = await Promise.all(paths.map((path) => status(base + path)));
  expect(statuses).toEqual([421, 421, 400, 200]);
  expect(await status(`${base.replace('/pai', '/p%61i')}/provider/api/v1`)).toBe(400);
  await audit(5);
});

test('a change of the home takes effect, and closing the application ends everything', async () => {
  const rig = await startRig();
  const { app, base } = await startApp(rig);
  expect((await fetch(`${base}/provider/api/v1`)).status).toBe(200);
  await rig.apply(
    httpProvider('api').replace('paths: ["*"], effect: allow', 'paths: ["/only"], effect: allow'),
  );
  await expect.poll(async () => (await fetch(`${base}/provider/api/v1`)).status).toBe(403);
  const closed = app.close().then(() => 'closed');
  expect(await Promise.race([closed, delay(5_000, 'late', { ref: false })])).toBe('closed');
});

test('registration fails with the sentence of what is wrong', async () => {
  const rig = await startRig();
  const app = Fastify();
  onTestFinished(() => app.close());
  const wrong = app.register(pai, { ...gateOptions(rig), names: ['nobody'], prefix: '/pai' });
  await expect(wrong).rejects.toMatchObject({ code: 'resource_missing' });
  const h2 = Fastify({ http2: true });
  await expect(h2.register(pai, { ...gateOptions(rig), prefix: '/pai' })).rejects.toThrow('without http2');
});
