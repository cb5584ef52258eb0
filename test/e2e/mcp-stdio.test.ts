import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type McpPod, startMcpPod } from './mcp/pod.ts';
import { findLaid, type McpServer, startServer } from './mcp/servers.ts';

const everything = findLaid('servers', '@modelcontextprotocol/server-everything/dist/index.js');
const serverOf = (name: string) =>
  findLaid('servers', `@modelcontextprotocol/server-${name}/dist/index.js`) ?? '';
const suite = findLaid('conformance', '@modelcontextprotocol/conformance/dist/index.js');
const client = join(import.meta.dirname, 'clients/mcp/sdk.mjs');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pai-mcp-files-')));

let direct: McpServer;
let pod: McpPod;

beforeAll(async () => {
  if (everything === undefined) return;
  writeFileSync(join(directory, 'a.txt'), 'what is in it');
  direct = await startServer(everything, ['streamableHttp']);
  const run = (name: string, words: readonly string[], policy?: string) => ({
    name,
    transport: 'stdio' as const,
    path: '/mcp',
    command: [process.execPath, ...words],
    ...(policy !== undefined && { policy }),
  });
  pod = await startMcpPod('127.0.0.83', [
    run('everything', [everything, 'stdio']),
    run('files', [serverOf('filesystem'), directory], '{mcp: {deniedTools: [write_file]}}'),
    run('memory', [serverOf('memory')], '{mcp: {deniedTools: [delete_entities]}}'),
  ]);
});

afterAll(async () => {
  await pod?.close();
  await direct?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(everything === undefined)('over stdio', () => {
  test.each([
    ['files', 'read_text_file', () => ({ path: join(directory, 'a.txt') }), 'write_file', 'what is in it'],
    ['memory', 'read_graph', () => ({}), 'delete_entities', 'entities'],
  ])('server-%s is used as far as the policy lets it', async (name, tool, given, denied, said) => {
    const words = [client, pod.urlOf(name), 'http', tool, JSON.stringify(given()), denied];
    const { text } = await pod.run(process.execPath, words);
    expect(text).toMatch(new RegExp(`tools .*${tool}.*called .*${said}.*denied .*Unknown tool`, 's'));
  });

  test.skipIf(suite === undefined)(
    'the official suite finds what it finds without a sidecar, less what holds for localhost alone',
    async () => {
      const score = async (run: McpPod['run'], url: string) => {
        const { text } = await run(process.execPath, [suite ?? '', 'server', '--suite', 'all', '--url', url]);
        const passed = [...text.matchAll(/^\W*(\S+): (\d+) passed, (\d+) failed/gm)].map(
          ([, name, yes, no]) => [name, { yes: Number(yes), no: Number(no) }],
        );
        const { Total: _, 'dns-rebinding-protection': __, ...byName } = Object.fromEntries(passed);
        return { byName, text };
      };
      const without = await score(pod.runDirect, `http://localhost:${direct.port}/mcp`);
      const through = await score(pod.run, pod.urlOf('everything'));
      expect(Object.keys(without.byName).length, without.text).toBeGreaterThan(20);
      expect(through.byName, through.text).toEqual(without.byName);
    },
    300_000,
  );
});
