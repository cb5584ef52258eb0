import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http, { type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Octokit } from '@octokit/core';
import type { AuditEvent } from '@pai/core';
import { expect, onTestFinished, test } from 'vitest';
import { type Ca, loadCa } from '../../../packages/sidecar/src/index.ts';
import { createProxy } from '../src/proxy.ts';

const token = 'ghp_the_real_token';

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A service that stands for api.github.com and takes the real token only, and the proxy in front of it. */
async function createStage(answer?: (res: ServerResponse) => void, signer?: Ca) {
  const trusted = loadCa();
  const ca = signer ?? trusted;
  const { cert, key } = ca.leafFor('api.github.com');
  const seen: string[] = [];
  const events: AuditEvent[] = [];
  const service = https.createServer({ cert, key }, async (req, res) => {
    seen.push(`${req.method} ${req.url} ${await text(req)}`);
    if (answer !== undefined) return answer(res);
    res.writeHead(req.headers.authorization === `Bearer ${token}` ? 200 : 401).end('from the service');
  });
  const proxy = createProxy({
    token,
    allow: ['issues:*'],
    repositories: ['myorg/*'],
    record: (event) => events.push(event),
    upstream: { host: '127.0.0.1', port: await listen(service), ca: trusted.certificatePem },
  });
  const base = `http://127.0.0.1:${await listen(proxy)}`;
  return {
    base,
    seen,
    events,
    send: async (method: string, path: string, body: NonNullable<RequestInit['body']> | null = null) => {
      const headers = { authorization: 'Bearer pai-placeholder-github' };
      const response = await fetch(base + path, { method, headers, body, duplex: 'half' } as RequestInit);
      return { status: response.status, text: await response.text() };
    },
  };
}

test.each([
  ['content of known length', '{"title":"x"}'],
  ['content that streams', () => new Blob(['{"title":"x"}']).stream()],
])('forwards an allowed request with the real token and %s', async (_what, body) => {
  const { send, seen, events } = await createStage();
  const answer = await send('POST', '/repos/myorg/a/issues?x=1', typeof body === 'string' ? body : body());
  expect(answer).toEqual({ status: 200, text: 'from the service' });
  expect(seen).toEqual(['POST /repos/myorg/a/issues?x=1 {"title":"x"}']);
  await expect.poll(() => events).toHaveLength(1);
  expect(events[0]).toMatchObject({ decision: 'allow', actions: ['issues:create'], status: 200 });
  expect(JSON.stringify(events)).not.toContain(token);
});

test.each([
  ['an action that is not allowed', 'DELETE', '/repos/myorg/a', 'admin:repos:delete is not allowed'],
  ['a repository out of scope', 'GET', '/repos/other/a/issues', 'issues:read is out of scope'],
  ['a search that could reach any repository', 'GET', '/issues', 'issues:read is out of scope'],
])('denies %s before the service hears of it', async (_what, method, path, reason) => {
  const { send, seen, events } = await createStage();
  const { status, text: answer } = await send(method, path);
  expect(status).toBe(403);
  expect(JSON.parse(answer)).toHaveProperty('message', expect.stringContaining(reason));
  expect(seen).toEqual([]);
  await expect.poll(() => events).toHaveLength(1);
});

test('leaves an event of an agent that hangs up while its content is read to be judged', async () => {
  const { base, seen, events } = await createStage();
  const path = '/graphql';
  const headers = { 'content-length': 99, 'content-type': 'application/json' };
  const request = http.request({ port: new URL(base).port, path, method: 'POST', headers });
  request.on('error', () => {}).write('{"query":');
  setTimeout(() => request.destroy(), 50);
  await expect.poll(() => events).toMatchObject([{ method: 'POST', path, status: 0 }]);
  expect(seen).toEqual([]);
});

test('refuses a path that could be read in two ways', async () => {
  const { send, seen } = await createStage();
  const { status } = await send('GET', '/repos/myorg/a%2f..%2fb/issues');
  expect(status).toBe(400);
  expect(seen).toEqual([]);
});

test("GitHub's own SDK works with a placeholder, and raises its ordinary error with the reason", async () => {
  const { base, seen } = await createStage((res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end('[{"number":1}]');
  });
  const octokit = new Octokit({ baseUrl: base, auth: 'pai-placeholder-github' });
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues', { owner: 'myorg', repo: 'a' });
  expect(data).toEqual([{ number: 1 }]);
  await expect(
    octokit.request('DELETE /repos/{owner}/{repo}', { owner: 'myorg', repo: 'a' }),
  ).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('admin:repos:delete is not allowed'),
  });
  expect(seen).toHaveLength(1);
});

test('curl gets an answer as it comes, with the token masked in it', async () => {
  const { base } = await createStage(async (res) => {
    res.writeHead(200, { 'x-echo': token });
    res.write('first\n');
    await goOn.promise;
    res.end(`it was ${token}\n`);
  });
  const goOn = Promise.withResolvers<void>();
  const curl = spawn('curl', ['-siN', `${base}/repos/myorg/a/issues`]);
  let out = '';
  curl.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  await expect.poll(() => out).toContain('first\n');
  goOn.resolve();
  await once(curl, 'close');
  expect(out).toMatch(/it was \S/);
  expect(out).not.toContain(token);
});

test('a service whose certificate is not trusted gets nothing', async () => {
  const { send, seen, events } = await createStage(undefined, loadCa());
  expect((await send('GET', '/repos/myorg/a/issues')).status).toBe(502);
  expect(seen).toEqual([]);
  await expect.poll(() => events).toMatchObject([{ decision: 'allow', status: 502 }]);
});

test.each(['http://evil.example/repos/myorg/a/issues', '*'])('refuses the target %s', async (path) => {
  const { base, seen } = await createStage();
  const request = http.request({ port: new URL(base).port, path, method: 'OPTIONS' }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  expect(response.resume().statusCode).toBe(400);
  expect(seen).toEqual([]);
});
