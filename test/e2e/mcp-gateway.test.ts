import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startConformanceServer } from './mcp/conformance-server.ts';
import { cli, type GatewayPod, githubToken, startGatewayPod } from './mcp/gateway-pod.ts';
import { key } from './mcp/pod.ts';
import { findLaid, laid, type McpServer, startServer } from './mcp/servers.ts';
import { python } from './run-client.ts';

const everything = findLaid('servers', '@modelcontextprotocol/server-everything/dist/index.js');
const suite = findLaid('conformance', '@modelcontextprotocol/conformance/dist/index.js');
const pythonPath = join(laid, '../.python-mcp');
const client = (name: string) => join(import.meta.dirname, 'clients', name);

const servers: McpServer[] = [];
let pod: GatewayPod;

beforeAll(async () => {
  const start = async (file: string, ...args: string[]) => {
    const server = await startServer(file, args);
    servers.push(server);
    return server.port;
  };
  const complete = await startConformanceServer();
  servers.push(complete);
  const policy = '{deny: ["sampling/*"], mcp: {deniedTools: [get-env]}}';
  pod = await startGatewayPod([
    {
      name: 'complete',
      port: complete.port,
      transport: 'http',
      path: '/mcp',
      policy: '{deny: ["nothing/*"]}',
    },
    ...(everything === undefined
      ? []
      : [
          {
            name: 'everything',
            port: await start(everything, 'streamableHttp'),
            transport: 'http' as const,
            path: '/mcp',
            policy,
          },
          {
            name: 'older',
            port: await start(everything, 'sse'),
            transport: 'sse' as const,
            path: '/sse',
            policy,
          },
        ]),
  ]);
});

afterAll(async () => {
  await pod?.close();
  await Promise.all(servers.map((server) => server.close()));
});

const bearer = () => `Authorization: Bearer ${pod.accessKey}`;
const node = process.execPath;

/** A way to list the tools, call one and then one that is denied; prints `tools`, `called` and `denied`. */
interface Way {
  readonly name: string;
  readonly isThere: boolean;
  readonly servers: readonly string[];
  run(server: string, transport: string): Promise<string>;
}

const words = (server: string) =>
  server === 'mcp'
    ? ['everything__echo', '{"message":"hello"}', 'everything__get-env']
    : ['echo', '{"message":"hello"}', 'get-env'];
const endpoint = (server: string) => `${pod.url}${server === 'mcp' ? '/mcp' : `/ext/mcp/${server}`}`;

const sdk = (generation: string): Way => ({
  name: `the SDK of generation ${generation}`,
  isThere: true,
  servers: ['everything', 'older', 'mcp'],
  run: async (server, transport) =>
    (
      await pod.run(node, [
        client('mcp/gateway.mjs'),
        generation,
        endpoint(server),
        transport,
        ...words(server),
      ])
    ).text,
});
const bridge = (generation: string): Way => ({
  name: `pai mcp under the SDK of generation ${generation}, to the gateway`,
  isThere: true,
  servers: ['everything', 'older', 'mcp'],
  run: async (server, transport) => {
    const command = [node, cli, 'mcp', ...(server === 'mcp' ? [] : [server]), '--transport', transport];
    const args = [client('mcp/gateway.mjs'), generation, 'stdio', transport, ...words(server), ...command];
    return (await pod.run(node, args, { PAI_GATEWAY_URL: pod.url })).text;
  },
});
const localBridge = (generation: string): Way => ({
  name: `pai mcp under the SDK of generation ${generation}, of the home here`,
  isThere: true,
  servers: ['everything', 'older'],
  run: async (server, transport) => {
    const upstream = [`--upstream=**.mcp.example=127.0.0.1:${pod.gate.port}`];
    const command = [node, cli, '--home', join(pod.dir, 'home'), 'mcp', server, ...upstream];
    const trust = [
      '--upstream-ca',
      join(pod.dir, 'service-ca.pem'),
      '--audit-log',
      join(pod.dir, 'bridge.jsonl'),
    ];
    const args = [
      client('mcp/gateway.mjs'),
      generation,
      'stdio',
      transport,
      ...words(server),
      ...command,
      ...trust,
    ];
    return (await pod.run(node, args)).text;
  },
});
const inspector: Way = {
  name: 'MCP Inspector',
  isThere: findLaid('inspector', '.bin/mcp-inspector') !== undefined,
  servers: ['everything', 'older', 'mcp'],
  run: async (server, transport) => {
    const program = findLaid('inspector', '.bin/mcp-inspector') ?? '';
    const [tool = '', , denied = ''] = words(server);
    const inspect = async (...rest: string[]) => {
      const args = [
        program,
        '--cli',
        endpoint(server),
        '--transport',
        transport,
        '--header',
        bearer(),
        ...rest,
      ];
      return (await pod.run(node, args)).text;
    };
    const call = ['--method', 'tools/call', '--tool-name'];
    const listed = await inspect('--method', 'tools/list');
    const called = await inspect(...call, tool, '--tool-arg', 'message=hello');
    return `tools ${listed}\ncalled ${called}\ndenied ${await inspect(...call, denied)}`;
  },
};
const pythons: Way = {
  name: 'mcp (Python)',
  isThere: existsSync(join(pythonPath, 'mcp')),
  servers: ['everything', 'older', 'mcp'],
  run: async (server, transport) => {
    const args = [client('mcp/gateway_client.py'), endpoint(server), transport, ...words(server)];
    return (await pod.run(python, args, { PYTHONPATH: pythonPath })).text;
  },
};

const ways = [
  sdk('1'),
  sdk('2'),
  bridge('1'),
  bridge('2'),
  localBridge('1'),
  localBridge('2'),
  inspector,
  pythons,
];

describe.each(ways)('$name', (way) => {
  test.each(way.servers)(
    '%s: sees and calls what it may',
    {
      skip: !way.isThere || everything === undefined,
    },
    async (server) => {
      const [tool = '', , denied = ''] = words(server);
      const text = await way.run(server, server === 'older' ? 'sse' : 'http');
      expect(text).toMatch(new RegExp(`tools .*${tool}.*called .*hello.*denied `, 's'));
      const [listed, refused] = [/tools .*called /s.exec(text)?.[0], /denied .*$/s.exec(text)?.[0]];
      expect(listed).not.toContain(denied);
      expect(refused).toMatch(/unknown tool|not found/i);
      expect(text).not.toContain(key);
    },
  );
});

describe.skipIf(findLaid('claude', '.bin/claude') === undefined || everything === undefined)(
  'Claude Code',
  () => {
    const claude = (...args: string[]) =>
      pod.run(findLaid('claude', '.bin/claude') ?? '', args, { DISABLE_AUTOUPDATER: '1' });

    test('finds its servers connected', async () => {
      for (const [name, transport] of [
        ['everything', 'http'],
        ['older', 'sse'],
        ['mcp', 'http'],
      ] as const) {
        const place = ['-s', 'user', '--transport', transport, name, endpoint(name)];
        await claude('mcp', 'add', ...place, '--header', bearer());
      }
      await claude(
        'mcp',
        'add',
        '-s',
        'user',
        'bridge',
        '-e',
        `PAI_GATEWAY_URL=${pod.url}`,
        '-e',
        `PAI_ACCESS_KEY=${pod.accessKey}`,
        '--',
        node,
        cli,
        'mcp',
        'everything',
      );
      const { text } = await claude('mcp', 'list');
      for (const name of ['everything', 'older', 'mcp', 'bridge']) {
        expect(text).toMatch(new RegExp(`${name}: .*Connected`));
      }
    });

    test('starts no login where its key is refused', async () => {
      await claude(
        'mcp',
        'add',
        '-s',
        'user',
        '--transport',
        'http',
        'refused',
        endpoint('everything'),
        '--header',
        'Authorization: Bearer pak_no',
      );
      const { text } = await claude('mcp', 'list');
      const line = /refused: .*/.exec(text)?.[0] ?? '';
      expect(line).not.toMatch(/ Connected/);
      expect(line).not.toMatch(/https?:\/\/\S*(?:authorize|oauth)/i);
    });
  },
);

describe('the other types', () => {
  test('octokit lists what it may and is denied the rest, with the key in place of a token', async () => {
    const { text } = await pod.run(node, [client('octokit-gateway.mjs'), `${pod.url}/ext/provider/code`]);
    expect(text).toContain('listed a real issue');
    expect(text).toMatch(/denied 403 .*issues:create is not allowed/);
  });

  test('curl does too', async () => {
    const ask = (path: string, ...more: string[]) =>
      pod.run('curl', [
        '-sS',
        '-m',
        '20',
        '-w',
        ' %{http_code}',
        '-H',
        bearer(),
        ...more,
        `${pod.url}${path}`,
      ]);
    expect((await ask('/ext/provider/code/repos/myorg/repo-a/issues')).text).toMatch(/a real issue.* 200$/);
    expect((await ask('/ext/provider/code/repos/other/repo/issues')).text).toMatch(/out of scope.* 403$/);
    expect((await ask('/ext/provider/code/../../mcp', '--path-as-is')).text).toMatch(/40[04]$/);
    expect((await ask('/ext/provider/none/x')).text).toMatch(/404$/);
  });
});

test.skipIf(suite === undefined)(
  'the official suite finds through the gateway what it finds without it',
  async () => {
    const score = async (url: string) => {
      const { text } = await pod.run(node, [suite ?? '', 'server', '--suite', 'all', '--url', url]);
      const [, passed, failed] = /Total: (\d+) passed, (\d+) failed/.exec(text) ?? [];
      return { passed: Number(passed), failed: Number(failed), text };
    };
    const through = await score(`${pod.relayUrl}/ext/mcp/complete`);
    expect(through, through.text).toMatchObject({ passed: 44, failed: 0 });
  },
);

test('nothing that was said holds a credential or the key', () => {
  const text = pod.auditText();
  for (const secret of [key, githubToken, pod.accessKey]) expect(text).not.toContain(secret);
  expect(text).toContain('"agent":"access-key/laptop"');
  expect(pod.gate.refused).toEqual([]);
});
