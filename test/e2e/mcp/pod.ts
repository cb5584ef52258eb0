import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { type Ended, firstWords, runMounted, stop } from '../processes.ts';
import { type Gate, startGate } from './gate.ts';

const root = join(import.meta.dirname, '../../..');
const cli = join(root, 'packages/cli/src/main.ts');

/** The key of every server, which no client has. */
export const key = 'e2e-mcp-key-that-no-client-may-see-0007';

/** What stands behind the gate, and what the agent may do there. */
export interface Attached {
  readonly name: string;
  /** The server's port; its host is `NAME.mcp.example`. None for one that the sidecar runs. */
  readonly port?: number;
  readonly transport: 'http' | 'sse' | 'stdio';
  readonly path: string;
  /** What the sidecar runs. */
  readonly command?: readonly string[];
  /** `spec.policy`, in YAML. Left out, everything is allowed. */
  readonly policy?: string;
}

/** How a client ended. */
export interface Told {
  readonly status: number;
  readonly text: string;
}

/** The same without telling its two outputs apart. */
export function textOf({ status, out, err }: Ended): Told {
  return { status, text: out + err };
}

/** A sidecar of its own process before servers that want a bearer, in a pod whose DNS is the sidecar's. */
export interface McpPod {
  readonly dir: string;
  readonly gate: Gate;
  readonly urlOf: (name: string) => string;
  /** Runs a client with what `pai env` gives, and gives all that it printed. */
  readonly run: (
    file: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<Told>;
  /** The same where every host leads to the gate itself, and its CA is trusted. */
  readonly runDirect: McpPod['run'];
  readonly auditText: () => string;
  close(): Promise<void>;
}

/** Starts the pod at `address`, which no other test has. */
export async function startMcpPod(address: string, attached: readonly Attached[]): Promise<McpPod> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-mcp-'));
  const path = (name: string) => join(dir, name);
  const serviceCa = loadCa();
  const hostOf = (name: string) => `${name}.mcp.example`;
  const gate = await startGate(
    serviceCa,
    key,
    new Map(attached.flatMap(({ name, port }) => (port === undefined ? [] : [[hostOf(name), port]]))),
  );
  const urlOf = (name: string) => {
    const { path = '/', command } = attached.find((one) => one.name === name) ?? {};
    return `https://${command === undefined ? hostOf(name) : `${name}.mcp.pai.internal`}${path}`;
  };
  writeFileSync(path('service-ca.pem'), serviceCa.certificatePem);
  writeFileSync(path('providers.yaml'), attached.map((one) => provider(one, urlOf(one.name))).join('---\n'));
  writeFileSync(path('resolv.conf'), `nameserver ${address}\n`);
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', path('home'), ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'mcp', '--from-literal', `token=${key}`);
  pai('apply', '-f', path('providers.yaml'));
  const names = attached.map(({ name }) => name).join(',');
  const options = {
    '--provider': names,
    '--listen': `${address}:443`,
    '--dns': `${address}:53`,
    '--dns-upstream': '127.0.0.98:53',
    '--ca-dir': path('ca'),
    '--upstream': `**.mcp.example=127.0.0.1:${gate.port}`,
    '--upstream-ca': path('service-ca.pem'),
    '--audit-log': path('audit.jsonl'),
  };
  const args = [cli, '--home', path('home'), 'sidecar', ...Object.entries(options).flat()];
  const sidecar = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await firstWords(sidecar);
  const chosen = ['--provider', names, '--ca-dir', options['--ca-dir']];
  const agentEnv: Record<string, string> = JSON.parse(
    pai('env', ...chosen, '--format', 'json', '--dir', path('agent')),
  );
  mkdirSync(path('direct'));
  const inside = `umount /etc/resolv.conf && mount --bind ${path('resolv.conf')} /etc/resolv.conf`;
  const runWith = (prepare: string, env: Readonly<Record<string, string>>): McpPod['run'] => {
    return async (file, rest, more = {}) =>
      textOf(await runMounted(file, rest, { prepare, env, more, home: dir, cwd: dir, timeout: 100_000 }));
  };
  return {
    dir,
    gate,
    urlOf,
    run: runWith(inside, agentEnv),
    runDirect: runWith(
      directHosts(
        path('hosts'),
        attached.map(({ name }) => hostOf(name)),
      ),
      {
        SSL_CERT_FILE: path('service-ca.pem'),
        NODE_EXTRA_CA_CERTS: path('service-ca.pem'),
      },
    ),
    auditText: () => readFileSync(path('audit.jsonl'), 'utf8'),
    async close() {
      await stop(sidecar);
      await gate.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function provider({ name, transport, policy, command }: Attached, url: string): string {
  const place = command === undefined ? `url: "${url}"` : `command: ${JSON.stringify(command)}`;
  const auth = command === undefined ? '  auth: {type: api-key, secretRef: mcp}\n' : '';
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: mcp
  mcp: {transport: ${transport}, ${place}}
${auth}${policy === undefined ? '' : `  policy: ${policy}\n`}`;
}

function directHosts(file: string, hosts: readonly string[]): string {
  writeFileSync(file, ['localhost', ...hosts].map((host) => `127.0.0.1 ${host}\n`).join(''));
  return `mount --bind ${file} /etc/hosts`;
}
