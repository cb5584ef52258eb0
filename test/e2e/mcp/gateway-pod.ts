import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { startGitHubService } from '../github-service.ts';
import { firstWords, residentOf, runToEnd, stop } from '../processes.ts';
import { type Gate, startGate } from './gate.ts';
import { type Attached, key, type Told, textOf } from './pod.ts';

/** `packages/cli`'s entry. */
export const cli = join(import.meta.dirname, '../../../packages/cli/src/main.ts');

/** The token of the GitHub Provider `code`, which no client has. */
export const githubToken = 'ghp_e2eGatewayTokenNoClientMaySee1';

/** A gateway in a process of its own before servers that want a bearer, and clients outside. */
export interface GatewayPod {
  readonly dir: string;
  readonly gate: Gate;
  /** `https://localhost:PORT`. */
  readonly url: string;
  /** What clients have in place of a credential. */
  readonly accessKey: string;
  /** A server in clear, on loopback, that adds the key and goes on to the gateway: for clients that can be given no header. */
  readonly relayUrl: string;
  /** Runs a program that trusts the gateway's CA and has the key in `PAI_ACCESS_KEY`, and gives all that it printed. */
  run(file: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Told>;
  pai(...args: readonly string[]): string;
  readonly auditText: () => string;
  /** MiB that the gateway's process holds. */
  readonly resident: () => number;
  /** Milliseconds of processor time that the gateway's process has used. */
  readonly cpu: () => number;
  close(): Promise<void>;
}

/** Starts the pod. */
export async function startGatewayPod(attached: readonly Attached[]): Promise<GatewayPod> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-gateway-'));
  const path = (name: string) => join(dir, name);
  const serviceCa = loadCa();
  const hostOf = (name: string) => `${name}.mcp.example`;
  const gate = await startGate(
    serviceCa,
    key,
    new Map(attached.map(({ name, port = 0 }) => [hostOf(name), port])),
  );
  const ca = path('ca/ca.pem');
  const github = await startGitHubService(serviceCa, githubToken);
  writeFileSync(path('service-ca.pem'), serviceCa.certificatePem);
  const documents = attached.map((one) => serverProvider(one, `https://${hostOf(one.name)}${one.path}`));
  writeFileSync(path('providers.yaml'), [...documents, githubProvider].join('---\n'));
  const pai = (...args: readonly string[]) =>
    execFileSync(process.execPath, [cli, '--home', path('home'), ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'mcp', '--from-literal', `token=${key}`);
  pai('add', 'secret', 'github', '--from-literal', `token=${githubToken}`);
  pai('apply', '-f', path('providers.yaml'));
  const names = [...attached.map(({ name }) => name), 'code'].join();
  const accessKey = pai('access-key', 'create', '--name', 'laptop', '--provider', names).trim();
  let port = 0;
  const relay = await startRelay(() => ({ port, ca: readFileSync(ca, 'utf8'), accessKey }));
  const relayUrl = `http://localhost:${(relay.address() as AddressInfo).port}`;
  const options = {
    '--listen': '127.0.0.1:0',
    '--ca-dir': path('ca'),
    '--upstream': `**.mcp.example=127.0.0.1:${gate.port},api.github.com=127.0.0.1:${github.port}`,
    '--upstream-ca': path('service-ca.pem'),
    '--audit-log': path('audit.jsonl'),
    // The conformance suite asks as a page of the server's own origin does, too.
    '--allow-origin': relayUrl,
  };
  const args = [cli, '--home', path('home'), 'gateway', ...Object.entries(options).flat()];
  const gateway = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await firstWords(gateway, 'the gateway');
  port = Number(/127\.0\.0\.1:(\d+)/.exec(ready)?.[1]);
  const clientEnv = {
    PATH: process.env['PATH'],
    HOME: dir,
    LANG: 'C.UTF-8',
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
    CURL_CA_BUNDLE: ca,
    PAI_ACCESS_KEY: accessKey,
  };
  return {
    dir,
    gate,
    url: `https://localhost:${port}`,
    accessKey,
    relayUrl,
    pai,
    run: async (file, words, env = {}) =>
      textOf(await runToEnd(file, words, { env: { ...clientEnv, ...env }, timeout: 100_000, cwd: dir })),
    auditText: () => readFileSync(path('audit.jsonl'), 'utf8'),
    resident: () => residentOf(gateway.pid),
    cpu: () => cpuOf(gateway.pid),
    async close() {
      await stop(gateway);
      relay.closeAllConnections();
      relay.close();
      github.close();
      await gate.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const githubProvider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: code}
spec:
  type: github
  auth: {type: pat, secretRef: github}
  policy: {allow: ["issues:read"]}
  scope: {repositories: ["myorg/*"]}
  externalAccess: {enabled: true}
`;

function serverProvider({ name, transport, policy }: Attached, url: string): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: mcp
  mcp: {transport: ${transport}, url: "${url}"}
  auth: {type: api-key, secretRef: mcp}
  externalAccess: {enabled: true}
${policy === undefined ? '' : `  policy: ${policy}\n`}`;
}

/** Milliseconds of processor time that a process has used. */
export function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14);
  // In the kernel's hundredths of a second.
  return (Number(user) + Number(system)) * 10;
}

/** Passes everything on as it is, `Host` included, with the key. */
async function startRelay(
  gateway: () => { readonly port: number; readonly ca: string; readonly accessKey: string },
): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const { port, ca, accessKey } = gateway();
    const headers = { ...request.headers, authorization: `Bearer ${accessKey}` };
    const options = { host: '127.0.0.1', port, servername: 'localhost', ca, headers, method: request.method };
    const call = https.request({ ...options, path: request.url }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    call.on('error', () => response.destroy());
    response.once('close', () => call.destroy());
    request.pipe(call);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
