// What the official suite runs as a client: logs in by `pai login`, then uses the server through a sidecar with an SDK client that
// knows no login. The suite's servers speak http on localhost, which Pai does not: a gate gives each of their ports a host with https.
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createSecretStore, loadCa, startSidecar } from '@pai/sidecar';
import { runCli } from '../../../packages/cli/src/cli.ts';
import { createBrowser } from '../../../packages/cli/test/oauth/browser.ts';

const [url = ''] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'pai-conformance-'));
const home = join(dir, 'home');
const ca = loadCa();
const env = { PATH: process.env['PATH'], PAI_HOME: home };

const toHosts = (text: string) =>
  text.replace(/http(:|%3A)(\/\/|%2F%2F)localhost(:|%3A)(\d+)/gi, 'https$1$2p$4.suite.example');
const toPorts = (text: string) =>
  text.replace(/https(:|%3A)(\/\/|%2F%2F)p(\d+)\.suite\.example/gi, 'http$1$2localhost:$3');

const gate = https.createServer(
  { SNICallback: (name, done) => done(null, tls.createSecureContext(ca.leafFor(name))) },
  async (request, response) => {
    const [, port = ''] = /^p(\d+)\./.exec(request.headers.host ?? '') ?? [];
    const content = Buffer.from(toPorts((await buffer(request)).toString()));
    const { method, headers } = request;
    const { 'content-length': _, ...kept } = headers;
    const call = http.request({
      host: 'localhost',
      port,
      method,
      path: toPorts(request.url ?? ''),
      headers: {
        ...kept,
        host: `localhost:${port}`,
        ...(content.length > 0 && { 'content-length': content.length }),
      },
    });
    call.on('error', () => response.destroy());
    call.on('response', async (answer) => {
      const fields = Object.entries(answer.headers).flatMap(([name, value]) =>
        name === 'content-length' || name === 'transfer-encoding'
          ? []
          : [[name, [value].flat().map((one) => toHosts(one ?? ''))] as const],
      );
      response.writeHead(answer.statusCode ?? 502, Object.fromEntries(fields));
      response.flushHeaders();
      for await (const chunk of answer) response.write(toHosts(String(chunk)));
      response.end();
    });
    call.end(content);
  },
);
gate.listen(0, '127.0.0.1');
await once(gate, 'listening');
const { port } = gate.address() as AddressInfo;
const caFile = join(dir, 'ca.pem');
writeFileSync(caFile, ca.certificatePem);

/** Runs `pai`; a page that it shows is opened by a person who agrees. */
async function pai(...args: string[]): Promise<void> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  for (const stream of [stdout, stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      console.error(line);
      if (line.startsWith('https:'))
        void createBrowser(port, ca.certificatePem).open(line).catch(console.error);
    });
  }
  const status = await runCli(args, { env, stdin: new PassThrough(), stdout, stderr });
  if (status !== 0) throw new Error(`pai ${args[0]} ended with ${status}`);
}

/** The authorization server that a server names, for a client that is registered there. */
async function issuerOf(server: string): Promise<string> {
  const { origin, pathname } = new URL(server);
  const response = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`);
  const { authorization_servers: [issuer = ''] = [] } = (await response.json()) as {
    authorization_servers?: string[];
  };
  return toHosts(issuer);
}

const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}');
const file = join(dir, 'suite.yaml');
// The suite takes this document without asking for it.
const hasDocument = process.env['MCP_CONFORMANCE_SCENARIO'] === 'auth/basic-cimd';
const clientId = hasDocument ? 'https://conformance-test.local/client-metadata.json' : context.client_id;
const registered =
  clientId === undefined ? '' : `, clientId: "${clientId}", issuer: "${await issuerOf(url)}"`;
writeFileSync(
  file,
  `apiVersion: pai.io/v1
kind: Provider
metadata: {name: suite}
spec:
  type: mcp
  mcp: {transport: http, url: "${toHosts(url)}"}
  auth: {type: oauth, secretRef: login${registered}}
`,
);
await pai('apply', '-f', file);
if (context.client_secret !== undefined)
  await createSecretStore(home).put('default', 'login', { client_secret: context.client_secret });
const network = [
  '--upstream',
  `**.suite.example=127.0.0.1:${port}`,
  '--upstream-ca',
  caFile,
  '--timeout',
  '10',
];
const login = (...more: string[]) => pai('login', 'suite', '--no-browser', ...network, ...more);
await login();
const sidecar = await startSidecar({
  home,
  auditLog: join(dir, 'audit.jsonl'),
  upstreamCa: caFile,
  overrides: new Map([['**.suite.example', { address: '127.0.0.1', port }]]),
  listen: [],
  proxy: [],
  baseUrl: { address: '127.0.0.1', port: 0 },
  egress: 'deny',
  log: console.error,
});
const place = new URL(
  `http://127.0.0.1:${sidecar.addresses.baseUrl[0]?.port}/provider/suite${new URL(url).pathname}`,
);

/** Uses the server, and does what a refusal says, a few times. */
async function use(tries: number): Promise<void> {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  try {
    await client.connect(new StreamableHTTPClientTransport(place) as Parameters<Client['connect']>[0]);
    const { tools } = await client.listTools();
    for (const { name } of tools) await client.callTool({ name, arguments: {} });
    await client.close();
  } catch (thrown) {
    await client.close().catch(() => undefined);
    const [, words] =
      /run: pai login suite(.*)$/m.exec((thrown as Error).message.replace(/["}\]]+$/, '')) ?? [];
    if (words === undefined || tries === 0) throw thrown;
    await login(
      ...words
        .trim()
        .split(' ')
        .filter((word) => word !== ''),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await use(tries - 1);
  }
}

try {
  await use(2);
  process.exit(0);
} catch (thrown) {
  console.error((thrown as Error).message);
  process.exit(1);
}
