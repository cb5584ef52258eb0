import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { Agent, fetch as send } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startMcpService, trackerProvider } from '../engine/mcp-server.ts';
import { canaries } from '../engine/rig.ts';
import { startGatewayRig } from './rig.ts';

const provider = (name: string, transport: string, path: string, access = '{enabled: true}') =>
  trackerProvider({
    ...{ name, transport, path },
    tools: '{deniedTools: [delete_issue]}',
    more: `  externalAccess: ${access}\n`,
  });

const all = [
  provider('plain', 'http', '/mcp'),
  provider('older', 'sse', '/sse'),
  provider('newer', 'http', '/new'),
];

async function start(providers: readonly string[] = all) {
  const service = await startMcpService(canaries.api);
  const overrides = new Map([['api.example.com', { address: '127.0.0.1', port: service.port }]]);
  const rig = await startGatewayRig({ providers, gateway: { overrides, upstreamCa: service.caFile } });
  const dispatcher = new Agent({ connect: { ca: rig.gateway.ca.certificatePem } });
  onTestFinished(() => dispatcher.destroy());
  const trusting = ((url: string, init: object) =>
    send(url, { ...init, dispatcher })) as unknown as typeof fetch;
  const optionsFor = (key: string) => ({
    fetch: trusting,
    requestInit: { headers: { Authorization: `Bearer ${key}` } },
  });
  return { rig, service, optionsFor, url: (path: string) => new URL(path, rig.origin), fetch: trusting };
}

type Connect = (
  url: URL,
  options: { fetch: typeof fetch; requestInit: object },
) => Promise<{
  list: () => Promise<string[]>;
  call: (name: string, given?: Record<string, unknown>) => Promise<unknown>;
}>;

const withFirst =
  (make: (url: URL, options: object) => unknown): Connect =>
  async (url, options) => {
    const client = new Client({ name: 'agent', version: '1.0.0' });
    await client.connect(make(url, options) as Transport);
    onTestFinished(() => client.close());
    return {
      list: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, given = {}) => (await client.callTool({ name, arguments: given })).content,
    };
  };
const withSecond: Connect = async (url, options) => {
  const client = new NewClient({ name: 'agent', version: '2.0.0' });
  await client.connect(new NewTransport(url, options));
  onTestFinished(() => client.close());
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given = {}) => (await client.callTool({ name, arguments: given })).content,
  };
};
const first = withFirst((url, options) => new StreamableHTTPClientTransport(url, options));
const older = withFirst((url, options) => new SSEClientTransport(url, options));

describe.each([
  ['the first SDK', 'plain', first],
  ['the first SDK', 'newer', first],
  ['the first SDK over the older transport', 'older', older],
  ['the second SDK', 'plain', withSecond],
  ['the second SDK', 'newer', withSecond],
] as const)('%s at %s', (_title, name, connect) => {
  test('sees and calls what it may, with a key in place of the credential', async () => {
    const { rig, service, optionsFor, url } = await start();
    const key = await rig.key('laptop', [name]);
    const session = await connect(url(`/ext/mcp/${name}`), optionsFor(key));
    expect(await session.list()).toEqual(['list_issues']);
    expect(await session.call('list_issues', { id: 7 })).toEqual([{ type: 'text', text: 'list_issues 7' }]);
    await expect(session.call('delete_issue')).rejects.toThrow('Unknown tool: delete_issue');
    expect(service.called).toEqual(['list_issues']);
    expect(service.refused()).toBe(0);
    await vi.waitFor(async () => expect(await rig.auditText()).toContain('policy.mcp.deniedTools[0]'));
    const text = await rig.auditText();
    expect(text).toContain('"agent":"access-key/laptop"');
    for (const secret of [key, canaries.api]) expect(text + rig.logs.join()).not.toContain(secret);
  });
});

test.each(['plain', 'older', 'newer'])(
  'the server %s is at /ext/mcp, and not at /ext/provider too',
  async (name) => {
    const { rig } = await start();
    const key = await rig.key('laptop', [name]);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    for (const path of ['/mcp', '/', '']) {
      const got = await rig.ask({ key, method: 'POST', path: `/ext/provider/${name}${path}`, body });
      expect([got.status, path]).toEqual([404, path]);
    }
  },
);

describe.each([
  ['the first SDK', first],
  ['the second SDK', withSecond],
] as const)('%s at /mcp', (_title, connect) => {
  test('has the tools of all that the key opens, and calls them', async () => {
    const { rig, service, optionsFor, url } = await start([
      ...all,
      provider('closed', 'http', '/mcp', '{enabled: false}'),
      provider('others', 'http', '/mcp'),
    ]);
    const key = await rig.key('laptop', ['plain', 'older', 'newer', 'closed', 'gone']);
    const session = await connect(url('/mcp'), optionsFor(key));
    const names = ['newer__list_issues', 'older__list_issues', 'plain__list_issues'];
    expect((await session.list()).sort()).toEqual(names);
    for (const name of names) {
      expect(await session.call(name, { id: 3 })).toEqual([{ type: 'text', text: 'list_issues 3' }]);
    }
    for (const name of [
      'plain__delete_issue',
      'others__list_issues',
      'closed__list_issues',
      'list_issues',
      '__x',
    ]) {
      await expect(session.call(name)).rejects.toThrow(`Unknown tool: ${name}`);
    }
    expect(service.called).toEqual(['list_issues', 'list_issues', 'list_issues']);
    await vi.waitFor(async () => {
      const text = await rig.auditText();
      expect(text).toMatch(/"provider":"plain".*"actions":\["list_issues"\]/);
      expect(text).toMatch(/"actions":\["delete_issue"\].*"decision":"deny"/);
      expect(text).toMatch(/"path":"\/mcp".*"decision":"answer","rule":"aggregate"/);
    });
    expect((await rig.auditText()) + rig.logs.join()).not.toContain(key);
  });
});

test('/mcp has the tools of the servers that answer, and the limits of each', async () => {
  const { rig, optionsFor, url } = await start([
    provider('plain', 'http', '/mcp'),
    provider('broken', 'http', '/nothing'),
    provider('scarce', 'http', '/new', '{enabled: true, maxRequestsPerDay: 1}'),
  ]);
  const key = await rig.key('laptop', ['plain', 'broken', 'scarce']);
  const session = await first(url('/mcp'), optionsFor(key));
  expect(await session.list()).toEqual(['plain__list_issues']);
  expect(rig.logs.join('\n')).toContain('broken: its tools are not in /mcp now');
  await expect(session.call('scarce__list_issues')).rejects.toThrow('has had its 1 requests of today');
});

test('what /mcp holds open for a key ends with it', async () => {
  const { rig, optionsFor, url } = await start();
  const key = await rig.key('laptop', ['older']);
  const session = await first(url('/mcp'), optionsFor(key));
  expect(await session.list()).toEqual(['older__list_issues']);
  await rig.revoke('laptop');
  await vi.waitFor(async () => {
    const events = await rig.auditSoFar();
    const listening = events.filter(({ actions }) => actions.includes('transport/listen'));
    expect(listening.map(({ error }) => error)).toEqual(['access_key_refused']);
  });
});

describe('a session of one key (C12)', () => {
  const initialize = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } },
  });
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' });

  test('is unknown to every other, for messages, listening and ending it', async () => {
    const { rig, fetch, url } = await start();
    const [mine, other] = [await rig.key('mine', ['plain']), await rig.key('other', ['plain'])];
    const ask = (key: string, method: string, body: string | undefined, session?: string) =>
      fetch(url('/ext/mcp/plain'), {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json, text/event-stream',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(session !== undefined && { 'mcp-session-id': session }),
        },
        ...(body !== undefined && { body }),
      });
    const opened = await ask(mine, 'POST', initialize);
    const session = opened.headers.get('mcp-session-id') ?? '';
    expect(session).not.toBe('');
    await opened.text();
    for (const [method, body] of [
      ['POST', ping],
      ['GET', undefined],
      ['DELETE', undefined],
    ] as const) {
      const got = await ask(other, method, body, session);
      expect([method, got.status]).toEqual([method, 404]);
      expect(await got.text()).toContain('no such session of this agent');
    }
    expect((await ask(mine, 'POST', ping, 'never-given')).status).toBe(404);
    const own = await ask(mine, 'POST', ping, session);
    expect([own.status, (await own.text()).includes('"result"')]).toEqual([200, true]);
    const sessions = [session, 'never-given'].map((one) => ['Mcp-Session-Id', one] as const);
    const headers = [['Content-Type', 'application/json'], ...sessions] as const;
    const both = await rig.ask({ key: mine, method: 'POST', path: '/ext/mcp/plain', body: ping, headers });
    expect([both.status, both.body]).toEqual([404, expect.stringContaining('no such session')]);
    expect((await ask(mine, 'DELETE', undefined, session)).status).toBe(200);
    const ended = await ask(mine, 'POST', ping, session);
    expect([ended.status, await ended.text()]).toEqual([404, expect.stringContaining('of this agent')]);
  });

  test('of the older transport takes messages from nobody else', async () => {
    const { rig, fetch, url } = await start();
    const [mine, other] = [await rig.key('mine', ['older']), await rig.key('other', ['older'])];
    const stop = new AbortController();
    const stream = await fetch(url('/ext/mcp/older'), {
      headers: { authorization: `Bearer ${mine}`, accept: 'text/event-stream' },
      signal: stop.signal,
    });
    const reader = stream.body?.getReader();
    const text = Buffer.from((await reader?.read())?.value ?? []).toString();
    const [, place = ''] = /data: (\S+)/.exec(text) ?? [];
    expect(place).toMatch(/^older\/~\/messages\?sessionId=/);
    const post = (key: string) =>
      fetch(new URL(place, url('/ext/mcp/older')), {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: initialize,
      });
    expect((await post(other)).status).toBe(404);
    expect((await post(mine)).status).toBe(202);
    stop.abort();
    await vi.waitFor(async () => expect(await rig.auditText()).toContain('agent_gone'));
    expect((await post(mine)).status).toBe(404);
  });
});
