import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type tls from 'node:tls';
import { promisify } from 'node:util';
import { loadCa } from '@pai/sidecar';
import { onTestFinished } from 'vitest';

const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');

/** The credential of `api.example.com`. */
export const apiToken = 'e2e-api-token-that-nobody-may-see-0003';

/** The Provider, with these HTTP rules as YAML. */
export const apiProvider = (rules: string) => `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: http-token
  host: api.example.com
  auth: {type: bearer, secretRef: api}
  config: {upgrades: [websocket]}
  policy: {httpRules: [${rules}]}
`;

/** A sidecar of its own process before a service for `api.example.com`. */
export interface ApiPod {
  /** Of the TLS door, the proxy door and the one for base URLs, on 127.0.0.1. */
  readonly port: number;
  readonly proxyPort: number;
  readonly baseUrlPort: number;
  /** PEM of the sidecar's CA. */
  readonly ca: string;
  readonly caFile: string;
  /** MiB that the sidecar's process holds. */
  readonly resident: () => number;
  /** How many files and connections it has open. */
  readonly descriptors: () => number;
  /** What `/metrics` says. */
  readonly metrics: () => Promise<string>;
  /** Gives YAML to `pai apply`. Rejects when that fails. */
  readonly apply: (yaml: string) => Promise<unknown>;
  readonly audit: () => Record<string, unknown>[];
}

/** What the service shows. */
export function serviceIdentity(): { identity: tls.SecureContextOptions; certificatePem: string } {
  const ca = loadCa();
  const { cert, key } = ca.leafFor('api.example.com');
  return { identity: { cert, key }, certificatePem: ca.certificatePem };
}

/** Starts the sidecar; it ends with the test. Hosts that no Provider claims are tunnelled. */
export async function startApiPod(certificatePem: string, upstreams: readonly string[]): Promise<ApiPod> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-e2e-'));
  const home = join(dir, 'home');
  const path = (name: string) => join(dir, name);
  writeFileSync(path('service-ca.pem'), certificatePem);
  writeFileSync(path('provider.yaml'), apiProvider('{methods: [GET, POST], paths: ["*"], effect: allow}'));
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', home, ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'api', '--from-literal', `token=${apiToken}`);
  pai('apply', '-f', path('provider.yaml'));
  const [port, proxyPort, baseUrlPort, adminPort] = [20_443, 20_128, 20_080, 20_090];
  const options = {
    '--provider': 'api',
    '--listen': `127.0.0.1:${port}`,
    '--proxy': `127.0.0.1:${proxyPort}`,
    '--base-url': `127.0.0.1:${baseUrlPort}`,
    '--admin': `127.0.0.1:${adminPort}`,
    '--egress': 'tunnel',
    '--ca-dir': path('ca'),
    '--upstream-ca': path('service-ca.pem'),
    '--audit-log': path('audit.jsonl'),
  };
  const args = [
    ...Object.entries(options).flat(),
    ...upstreams.flatMap((upstream) => ['--upstream', upstream]),
  ];
  const sidecar = spawn(process.execPath, [cli, '--home', home, 'sidecar', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => sidecar.once('exit', resolve));
    sidecar.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  await new Promise<void>((resolve, reject) => {
    sidecar.stdout.once('data', () => resolve());
    sidecar.once('exit', (status) => reject(new Error(`the sidecar ended with ${status}`)));
  });
  const caFile = path('ca/ca.pem');
  return {
    port,
    proxyPort,
    baseUrlPort,
    ca: readFileSync(caFile, 'utf8'),
    caFile,
    resident: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${sidecar.pid}/status`, 'utf8'))?.[1]) / 1_024,
    descriptors: () => readdirSync(`/proc/${sidecar.pid}/fd`).length,
    metrics: async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text(),
    apply(yaml) {
      writeFileSync(path('changed.yaml'), yaml);
      const args = [cli, '--home', home, 'apply', '-f', path('changed.yaml')];
      return promisify(execFile)(process.execPath, args);
    },
    audit: () =>
      readFileSync(path('audit.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}
