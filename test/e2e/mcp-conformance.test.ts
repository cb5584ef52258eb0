import { afterAll, beforeAll, expect, test } from 'vitest';
import { startConformanceServer } from './mcp/conformance-server.ts';
import { type McpPod, startMcpPod } from './mcp/pod.ts';
import { findLaid, type McpServer } from './mcp/servers.ts';

const suite = findLaid('conformance', '@modelcontextprotocol/conformance/dist/index.js');

let server: McpServer;
let pod: McpPod;

beforeAll(async () => {
  server = await startConformanceServer();
  pod = await startMcpPod('127.0.0.81', [
    { name: 'complete', port: server.port, transport: 'http', path: '/mcp', policy: '{deny: ["nothing/*"]}' },
  ]);
});

afterAll(async () => {
  await pod?.close();
  await server?.close();
});

/** Passed and failed checks of the whole suite. */
async function score(
  run: McpPod['run'],
  url: string,
): Promise<{ passed: number; failed: number; text: string }> {
  const { text } = await run(process.execPath, [suite ?? '', 'server', '--suite', 'all', '--url', url]);
  const [, passed, failed] = /Total: (\d+) passed, (\d+) failed/.exec(text) ?? [];
  return { passed: Number(passed), failed: Number(failed), text };
}

test.skipIf(suite === undefined)(
  'the official suite finds through the sidecar what it finds without it, less what holds for localhost alone',
  async () => {
    const direct = await score(pod.runDirect, `http://localhost:${server.port}/mcp`);
    expect(direct, direct.text).toMatchObject({ passed: 44, failed: 0 });
    const gated = await score(pod.runDirect, `https://complete.mcp.example:${pod.gate.port}/mcp`);
    expect(gated.passed, gated.text).toBe(0);
    const through = await score(pod.run, pod.urlOf('complete'));
    // dns-rebinding-protection, whose two checks want a URL of localhost.
    expect(through, through.text).toMatchObject({ passed: 42, failed: 2 });
  },
);
