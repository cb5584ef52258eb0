import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startMcpService, trackerProvider } from './mcp-server.ts';
import { canaries, startRig } from './rig.ts';

const provider = (transport: string, path: string) =>
  trackerProvider({ transport, path, tools: '{deniedTools: [delete_issue, later_denied]}' });

async function start(transport: string, path: string) {
  const service = await startMcpService(canaries.api);
  const overrides = new Map([['api.example.com', { address: '127.0.0.1', port: service.port }]]);
  const sidecar = { overrides, upstreamCa: service.caFile };
  const rig = await startRig({ providers: [provider(transport, path)], sidecar });
  const url = new URL(`http://127.0.0.1:${rig.sidecar.addresses.baseUrl[0]?.port}/provider/tracker${path}`);
  return { rig, service, url };
}

/** One thing to do with either SDK. */
interface Session {
  readonly list: () => Promise<string[]>;
  readonly call: (name: string, given?: Record<string, unknown>) => Promise<unknown>;
}

async function withFirst(transport: Transport, onListChanged?: () => void): Promise<Session> {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const { ToolListChangedNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js');
  if (onListChanged !== undefined)
    client.setNotificationHandler(ToolListChangedNotificationSchema, onListChanged);
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given = {}) => (await client.callTool({ name, arguments: given })).content,
  };
}

async function withSecond(url: URL): Promise<Session> {
  const client = new NewClient({ name: 'agent', version: '2.0.0' });
  await client.connect(new NewTransport(url));
  onTestFinished(() => client.close());
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given = {}) => (await client.callTool({ name, arguments: given })).content,
  };
}

describe.each([
  [
    'the first SDK over Streamable HTTP',
    'http',
    '/mcp',
    (url: URL) => withFirst(new StreamableHTTPClientTransport(url) as Transport),
  ],
  ['the first SDK over HTTP with SSE', 'sse', '/sse', (url: URL) => withFirst(new SSEClientTransport(url))],
  ['the second SDK and a server of the first', 'http', '/mcp', withSecond],
  ['the second SDK and a server of the second', 'http', '/new', withSecond],
  [
    'the first SDK and a server of the second',
    'http',
    '/new',
    (url: URL) => withFirst(new StreamableHTTPClientTransport(url) as Transport),
  ],
] as const)('%s', (_title, transport, path, connect) => {
  test('sees and calls what it may (C6, C8), with the credential that it does not have', async () => {
    const { rig, service, url } = await start(transport, path);
    const session = await connect(url);
    expect(await session.list()).toEqual(['list_issues']);
    expect(await session.call('list_issues', { id: 7 })).toEqual([{ type: 'text', text: 'list_issues 7' }]);
    await expect(session.call('delete_issue')).rejects.toThrow('Unknown tool: delete_issue');
    await expect(session.call('delete_issue')).rejects.toThrow('Unknown tool: delete_issue');
    expect(service.called).toEqual(['list_issues']);
    expect(service.refused()).toBe(0);
    const events = await rig.auditSoFar();
    expect(events.filter(({ decision }) => decision === 'deny').map(({ rule }) => rule)).toEqual([
      'policy.mcp.deniedTools[0]',
      'policy.mcp.deniedTools[0]',
    ]);
    await rig.expectNoCanary();
  });
});

test('a list that changes is filtered again (C7)', async () => {
  const { service, url } = await start('http', '/mcp');
  const changed = vi.fn();
  const session = await withFirst(new StreamableHTTPClientTransport(url) as Transport, changed);
  expect(await session.list()).toEqual(['list_issues']);
  service.addTool('later_denied');
  service.addTool('later');
  await vi.waitFor(() => expect(changed).toHaveBeenCalled());
  expect(await session.list()).toEqual(['list_issues', 'later']);
});
