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
    const server = await startServer(file, args);
    servers.push(server);
    return server.port;
  };
  // Some of the examples have a port of their own.
  const startAt = async (port: number, file: string) => {
    servers.push(await startServer(file, [], port));
    return port;
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
    {
      name: 'polling',
      port: await startAt(3_001, example('ssePollingExample')),
      transport: 'http',
      path: '/mcp',
      policy: '{mcp: {allowedTools: [long-task]}}',
    },
    {
      name: 'oldest',
      port: await startAt(3_000, example('simpleSseServer')),
      transport: 'sse',
      path: '/mcp',
      policy: '{deny: ["logging/*"]}',
    },
    {
      name: 'program',
      transport: 'stdio',
      path: '/mcp',
      command: [process.execPath, everything, 'stdio'],
      policy,
    },
  ]);
});

afterAll(async () => {
  await pod?.close();
  await Promise.all(servers.map((server) => server.close()));
});

/** What a client of the first SDK prints. */
async function withSdk({ server, tool, given, denied }: Steps): Promise<string> {
  const words = [pod.urlOf(server), transportOf({ server }), tool, given, denied];
  return (await pod.run(process.execPath, [client('sdk.mjs'), ...words])).text;
}

/** What every client prints. */
interface Steps {
  readonly server: string;
  readonly tool: string;
  readonly given: string;
  readonly denied: string;
}

const steps: readonly Steps[] = [
  { server: 'everything', tool: 'echo', given: '{"message":"hello"}', denied: 'get-env' },
  { server: 'older', tool: 'echo', given: '{"message":"hello"}', denied: 'get-env' },
  { server: 'program', tool: 'echo', given: '{"message":"hello"}', denied: 'get-env' },
  { server: 'example', tool: 'greet', given: '{"name":"hello"}', denied: 'list-files' },
];

const transportOf = ({ server }: Pick<Steps, 'server'>) => (server.startsWith('old') ? 'sse' : 'http');

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
  { name: '@modelcontextprotocol/sdk', isThere: true, run: withSdk },
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
    await claude('mcp', 'add', '--transport', 'http', '-s', 'user', 'program', pod.urlOf('program'));
    const { text } = await claude('mcp', 'list');
    expect(text).toMatch(/everything: .*Connected/);
    expect(text).toMatch(/older: .*Connected/);
    expect(text).toMatch(/program: .*Connected/);
  },
);

test.skipIf(everything === undefined)('a stream that its server breaks off is taken up again', async () => {
  const text = await withSdk({ server: 'polling', tool: 'long-task', given: '{}', denied: 'no-task' });
  expect(text).toContain('Long task completed successfully!');
  const listens = () => pod.auditText().match(/.*"provider":"polling".*transport\/listen.*/g) ?? [];
  await expect.poll(listens).not.toEqual([]);
});

test.skipIf(everything === undefined)(
  'notifications come over the older transport while a call runs',
  async () => {
    const given = '{"interval":10,"count":3}';
    const text = await withSdk({
      server: 'oldest',
      tool: 'start-notification-stream',
      given,
      denied: 'no-tool',
    });
    expect(text).toMatch(/called .*3 notifications/);
  },
);

describe.skipIf(everything === undefined)('a frame of one’s own (C8)', () => {
  const json = ['-H', 'content-type: application/json', '-H', 'accept: application/json, text/event-stream'];
  const send = async (server: string, data: string, ...more: string[]) =>
    (await pod.run('curl', ['-sS', '-m', '20', ...json, ...more, '--data-binary', data, pod.urlOf(server)]))
      .text;
  const call = (name: string) => `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"${name}"}}`;

  test.each([
    ['a call', call('get-env'), 'Unknown tool: get-env'],
    ['a call in escapes', call('\\u0067et-env'), 'Unknown tool: get-env'],
    ['a batch', `[${call('echo')},${call('get-env')}]`, 'Unknown tool: get-env'],
    ['a second name', call('echo","name":"get-env'), 'repeats the key'],
    ['a name for Go', call('echo","Name":"get-env'), 'take for one'],
    ['a method for Go', call('echo').replace('"id"', '"METHOD":"x","id"'), 'take for one'],
    ['after a byte order mark', `\ufeff${call('get-env')}`, 'not JSON'],
  ])('is denied with %s, and nothing reaches the server', async (_title, frame, answer) => {
    const before = pod.gate.received.length;
    expect(await send('everything', frame)).toContain(answer);
    expect(pod.gate.received.slice(before)).toEqual([]);
  });

  test.each([['text/plain'], ['application/json-rpc'], ['application/json; charset=utf-16']])(
    'is denied as %s',
    async (type) => {
      const words = [
        '-sS',
        '-m',
        '20',
        '-H',
        `content-type: ${type}`,
        '--data-binary',
        call('get-env'),
        pod.urlOf('everything'),
      ];
      expect((await pod.run('curl', words)).text).toContain('not application/json in UTF-8');
    },
  );

  test('is denied to another path, and to a session that there is not it is the server who says so', async () => {
    const words = ['-sS', '-m', '20', ...json, '--data-binary', call('echo'), `${pod.urlOf('everything')}/x`];
    expect((await pod.run('curl', words)).text).toContain('nothing that MCP has');
    const told = await send(
      'everything',
      call('echo'),
      '-H',
      'mcp-session-id: 00000000-0000-0000-0000-000000000000',
    );
    expect(told).toMatch(/session/i);
  });

  test('finds no login to start', async () => {
    const place = new URL('/.well-known/oauth-protected-resource/mcp', pod.urlOf('everything')).href;
    expect((await pod.run('curl', ['-sS', '-w', '%{http_code}', place])).text).toContain('404');
  });
});

test.skipIf(everything === undefined)('every request came with the key, and nothing shows it', () => {
  expect(pod.gate.refused).toEqual([]);
  expect(pod.auditText()).not.toContain(key);
  expect(pod.auditText()).toContain('policy.mcp.deniedTools[0]');
});
