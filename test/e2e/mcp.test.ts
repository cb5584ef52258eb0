import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { key, type McpPod, startMcpPod } from './mcp/pod.ts';
import { findLaid, laid, type McpServer, startServer } from './mcp/servers.ts';
import { python } from './run-client.ts';

const everything = findLaid('servers', '@modelcontextprotocol/server-everything/dist/index.js');
const example = (name: string) =>
  findLaid('servers', `@modelcontextprotocol/sdk/dist/esm/examples/server/${name}.js`) ?? '';
const pythonPath = join(laid, '../.python-mcp');
const client = (name: string) => join(import.meta.dirname, 'clients/mcp', name);

const servers: McpServer[] = [];
let pod: McpPod;

beforeAll(async () => {
  if (everything === undefined) return;
  const start = async (file: string, ...args: string[]) => {
    const server = await startServer(file, ...args);
    servers.push(server);
    return server.port;
  };
  // It prints its environment, and asks the agent's model.
  const policy = '{deny: ["sampling/*"], mcp: {deniedTools: [get-env]}}';
  pod = await startMcpPod('127.0.0.82', [
    {
      name: 'everything',
      port: await start(everything, 'streamableHttp'),
      transport: 'http',
      path: '/mcp',
      policy,
    },
    { name: 'older', port: await start(everything, 'sse'), transport: 'sse', path: '/sse', policy },
    {
      name: 'example',
      port: await start(example('simpleStreamableHttp')),
      transport: 'http',
      path: '/mcp',
      policy: '{allow: [greet, multi-greet, "logging/*", "resources/list"]}',
    },
  ]);
});

afterAll(async () => {
  await pod?.close();
  await Promise.all(servers.map((server) => server.close()));
});

/** What every client prints. */
interface Steps {
  readonly server: 'everything' | 'older' | 'example';
  readonly tool: string;
  readonly given: string;
  readonly denied: string;
}

const steps: readonly Steps[] = [
  { server: 'everything', tool: 'echo', given: '{"message":"hello"}', denied: 'get-env' },
  { server: 'older', tool: 'echo', given: '{"message":"hello"}', denied: 'get-env' },
  { server: 'example', tool: 'greet', given: '{"name":"hello"}', denied: 'list-files' },
];

const transportOf = ({ server }: Steps) => (server === 'older' ? 'sse' : 'http');

const clients: readonly { name: string; isThere: boolean; run: (one: Steps) => Promise<string> }[] = [
  ...['mcp', 'fastmcp'].map((name) => ({
    name: `${name} (Python)`,
    isThere: existsSync(join(pythonPath, name)),
    run: async (one: Steps) => {
      const words = [pod.urlOf(one.server), transportOf(one), one.tool, one.given, one.denied];
      return (await pod.run(python, [client(`${name}_client.py`), ...words], { PYTHONPATH: pythonPath }))
        .text;
    },
  })),
  {
    name: '@langchain/mcp-adapters',
    isThere: findLaid('langchain', '@langchain/mcp-adapters') !== undefined,
    run: async (one: Steps) => {
      const words = [pod.urlOf(one.server), transportOf(one), one.tool, one.given, one.denied];
      return (await pod.run(process.execPath, [client('langchain.mjs'), join(laid, 'langchain'), ...words]))
        .text;
    },
  },
  {
    name: 'mcp-remote',
    isThere: findLaid('mcp-remote', 'mcp-remote') !== undefined,
    run: async (one: Steps) => {
      const bridge = findLaid('mcp-remote', 'mcp-remote/dist/proxy.js') ?? '';
      const words = [one.tool, one.given, one.denied, bridge, pod.urlOf(one.server)];
      return (await pod.run(process.execPath, [client('bridge.mjs'), ...words])).text;
    },
  },
  {
    name: 'MCP Inspector',
    isThere: findLaid('inspector', '.bin/mcp-inspector') !== undefined,
    run: async (one: Steps) => {
      const program = findLaid('inspector', '.bin/mcp-inspector') ?? '';
      const inspect = async (...words: string[]) => {
        const args = [program, '--cli', pod.urlOf(one.server), '--transport', transportOf(one), ...words];
        return (await pod.run(process.execPath, args)).text;
      };
      const [[argument, value]] = Object.entries(JSON.parse(one.given)) as [[string, string]];
      const call = ['--method', 'tools/call', '--tool-name'];
      const listed = await inspect('--method', 'tools/list');
      const called = await inspect(...call, one.tool, '--tool-arg', `${argument}=${value}`);
      return `tools ${listed}\ncalled ${called}\ndenied ${await inspect(...call, one.denied)}`;
    },
  },
];

describe.each(clients)('$name', ({ isThere, run }) => {
  test.each(steps)(
    '$server: sees and calls what it may, with a key that it never held',
    { skip: !isThere },
    async (one) => {
      const text = await run(one);
      expect(text).toMatch(new RegExp(`tools .*${one.tool}.*called .*hello.*denied `, 's'));
      const [listed, denied] = [/tools .*called /s.exec(text)?.[0], /denied .*$/s.exec(text)?.[0]];
      expect(listed).not.toContain(one.denied);
      expect(denied).toMatch(/unknown tool|not found/i);
      expect(text).not.toContain(key);
    },
  );
});

test.skipIf(findLaid('claude', '.bin/claude') === undefined)(
  'Claude Code finds its servers connected',
  async () => {
    const claude = (...words: string[]) =>
      pod.run(findLaid('claude', '.bin/claude') ?? '', words, { DISABLE_AUTOUPDATER: '1' });
    await claude('mcp', 'add', '--transport', 'http', '-s', 'user', 'everything', pod.urlOf('everything'));
    await claude('mcp', 'add', '--transport', 'sse', '-s', 'user', 'older', pod.urlOf('older'));
    const { text } = await claude('mcp', 'list');
    expect(text).toMatch(/everything: .*Connected/);
    expect(text).toMatch(/older: .*Connected/);
  },
);
