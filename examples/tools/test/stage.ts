import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  agentEnvironment,
  applyResources,
  builtinPlugins,
  createSecretStore,
  formatListen,
  loadCa,
  readResources,
  startSidecar,
} from '@pai/sidecar';
import { onTestFinished, vi } from 'vitest';

const key = 'canary-everything-0123456789';

const provider = (name: string, policy: string) => `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: mcp
  mcp: {transport: http, url: "https://${name}.example.com/mcp"}
  auth: {type: api-key, secretRef: everything-key}
  policy: {mcp: ${policy}}
`;

/** Two servers behind a gate that takes one key, a sidecar that has it, and the environment of an agent that has not. */
export async function startStage() {
  const directory = await mkdtemp(join(tmpdir(), 'pai-tools-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const home = join(directory, 'home');
  const ca = loadCa();
  const upstreamCa = join(directory, 'gate-ca.pem');
  await writeFile(upstreamCa, ca.certificatePem);
  const gate = await startGate(ca, await startEverything());
  await createSecretStore(home).put('default', 'everything-key', { token: key });
  const texts = [
    provider('everything', '{deniedTools: [get-env]}'),
    provider('a-name-that-is-longer-than-what-the-apis-of-models-have-room-4', '{allowedTools: [get-sum]}'),
  ];
  const files = texts.map((text, i) => ({ file: `${i}.yaml`, text }));
  await applyResources(home, await readResources(files, { plugins: builtinPlugins }));
  const names = ['everything', 'a-name-that-is-longer-than-what-the-apis-of-models-have-room-4'];
  const auditLog = join(directory, 'audit.jsonl');
  const sidecar = await startSidecar({
    home,
    names,
    upstreamCa,
    auditLog,
    overrides: new Map(names.map((name) => [`${name}.example.com`, { address: '127.0.0.1', port: gate }])),
    proxy: [{ address: '127.0.0.1', port: 0 }],
    log: () => undefined,
  });
  onTestFinished(() => sidecar.close(0));
  const [proxy = ''] = sidecar.addresses.proxy.map(formatListen);
  const env = agentEnvironment({
    ca: sidecar.ca,
    attached: sidecar.attached(),
    dir: join(directory, 'agent'),
    proxy,
  });
  return { env, key, audit: () => readFile(auditLog, 'utf8') };
}

/** The server of the package, in a process of its own. Gives its port. */
async function startEverything(): Promise<number> {
  const port = await freePort();
  const main = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const child = spawn(process.execPath, [main, 'streamableHttp'], {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/mcp`), { timeout: 60_000, interval: 50 });
  return port;
}

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startGate(ca: ReturnType<typeof loadCa>, port: number): Promise<number> {
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization !== `Bearer ${key}`) return void response.writeHead(401).end();
    const { method, url, headers } = request;
    const inner = http.request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    response.on('close', () => inner.destroy());
    request.pipe(inner);
  };
  const SNICallback = (
    name: string,
    done: (error: null, context: ReturnType<typeof ca.leafFor>['secureContext']) => void,
  ) => done(null, ca.leafFor(name).secureContext);
  const { cert, key: own } = ca.leafFor('everything.example.com');
  const server = https.createServer({ cert, key: own, SNICallback }, pass).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
