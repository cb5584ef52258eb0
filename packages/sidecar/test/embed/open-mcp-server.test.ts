import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, onTestFinished, test } from 'vitest';
import { openMcpServer } from '../../src/embed/open-mcp-server.ts';
import { builtinPlugins } from '../../src/plugins.ts';
import { readResources } from '../../src/resources.ts';
import { createSecretStore } from '../../src/secrets.ts';
import { applyResources } from '../../src/state.ts';
import { startMcpService, trackerProvider } from '../engine/mcp-server.ts';
import { canaries } from '../engine/rig.ts';
import { outsideProvider } from '../gateway/rig.ts';

async function open(text: string, name: string) {
  const service = await startMcpService(canaries.api);
  const home = await mkdtemp(join(tmpdir(), 'pai-open-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await createSecretStore(home).put('default', 'api-token', { token: canaries.api });
  await applyResources(home, await readResources([{ file: 'x.yaml', text }], { plugins: builtinPlugins }));
  const overrides = new Map([['api.example.com', { address: '127.0.0.1', port: service.port }]]);
  const auditLog = join(home, 'audit.jsonl');
  const options = { home, auditLog, overrides, upstreamCa: service.caFile, log: () => {} };
  const server = await openMcpServer(options, name);
  return { service, server, auditLog };
}

test.each([
  ['http', '/mcp'],
  ['sse', '/sse'],
])('a server by %s is reached through the policy of its Provider', async (transport, path) => {
  const text = trackerProvider({ transport, path, tools: '{deniedTools: [delete_issue]}' });
  const { service, server, auditLog } = await open(text, 'tracker');
  const { url, fetch } = server;
  const client = new Client({ name: 'agent', version: '1' });
  await client.connect(
    server.transport === 'sse'
      ? new SSEClientTransport(new URL(url), { fetch })
      : new StreamableHTTPClientTransport(new URL(url), { fetch }),
  );
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['list_issues']);
  expect((await client.callTool({ name: 'list_issues', arguments: { id: 1 } })).content).toEqual([
    { type: 'text', text: 'list_issues 1' },
  ]);
  await expect(client.callTool({ name: 'delete_issue', arguments: {} })).rejects.toThrow('Unknown tool');
  expect(service.called).toEqual(['list_issues']);
  await client.close();
  const started = performance.now();
  await server.close(10_000);
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(await readFile(auditLog, 'utf8')).toContain('policy.mcp.deniedTools[0]');
});

test('a Provider of another type is refused', async () => {
  await expect(open(outsideProvider('api'), 'api')).rejects.toThrow('api is no MCP server');
});
