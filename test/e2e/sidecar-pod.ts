import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { agentEnvironment, type Ca } from '@pai/sidecar';
import { type Ended, firstWords, residentOf, runMounted, stop } from './processes.ts';

const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');

/** What to start. */
export interface PodOptions {
  /** An address of 127.0.0.0/8 that no other test has. */
  readonly address: string;
  /** What leads to the service: `**.amazonaws.com=127.0.0.1:8443`. */
  readonly upstreams: readonly string[];
  /** Of the service's certificates. */
  readonly ca: Ca;
  /** Values of each Secret by name, as `pai add secret` takes them: `--from-literal=token=abc`. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** Documents for `pai apply`. */
  readonly providers: string;
  /** Their names, in the Agent's order. */
  readonly names: readonly [string, ...string[]];
}

/** How to run a client. */
export interface RunOptions {
  /** The Provider whose `pai env` it gets; left out, the first. */
  readonly as?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeout?: number;
}

/** Runs programs where the hosts of a service lead elsewhere. */
export interface Pod {
  readonly dir: string;
  run(file: string, args: readonly string[], options?: RunOptions): Promise<Ended>;
  close(): Promise<void>;
}

/** A sidecar of its own process before a service, in a pod whose DNS is the sidecar's. */
export interface SidecarPod extends Pod {
  readonly address: string;
  readonly auditText: () => string;
  /** MiB that the sidecar's process holds. */
  readonly resident: () => number;
  /** `HOST:PORT` of its proxy door. */
  readonly proxy: string;
  /** What `pai env` gives for a Provider. */
  readonly envOf: (name: string) => Readonly<Record<string, string>>;
  /** Runs a command of `pai` in the sidecar's home. */
  readonly pai: (...args: readonly string[]) => Promise<string>;
}

/** The variables that lead a client through the proxy door: metadata services are spoken to in clear. */
export function withProxy({ proxy }: Pick<SidecarPod, 'proxy'>): Readonly<Record<string, string>> {
  const url = `http://${proxy}`;
  return { HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, https_proxy: url };
}

/** Starts the sidecar. */
export async function startSidecarPod(options: PodOptions): Promise<SidecarPod> {
  const { address, names } = options;
  const dir = mkdtempSync(join(tmpdir(), 'pai-pod-'));
  const path = (name: string) => join(dir, name);
  writeFileSync(path('service-ca.pem'), options.ca.certificatePem);
  writeFileSync(path('providers.yaml'), options.providers);
  writeFileSync(path('resolv.conf'), `nameserver ${address}\n`);
  const command = (args: readonly string[]) => [cli, '--home', path('home'), ...args];
  const pai = (...args: string[]) => execFileSync(process.execPath, command(args), { encoding: 'utf8' });
  for (const [name, values] of Object.entries(options.secrets)) pai('add', 'secret', name, ...values);
  pai('apply', '-f', path('providers.yaml'));
  const proxy = `${address}:3128`;
  const settings = {
    '--provider': names.join(','),
    '--listen': `${address}:443`,
    '--proxy': proxy,
    '--dns': `${address}:53`,
    '--dns-upstream': '127.0.0.99:53',
    '--ca-dir': path('ca'),
    '--upstream-ca': path('service-ca.pem'),
    '--audit-log': path('audit.jsonl'),
  };
  const upstreams = options.upstreams.flatMap((upstream) => ['--upstream', upstream]);
  const args = command(['sidecar', ...Object.entries(settings).flat(), ...upstreams]);
  const sidecar = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await firstWords(sidecar);
  const envOf = (name: string): Record<string, string> => {
    const chosen = ['--provider', name, '--ca-dir', settings['--ca-dir']];
    return JSON.parse(pai('env', ...chosen, '--format', 'json', '--dir', path(`agent-${name}`)));
  };
  const envs = new Map(names.map((name) => [name, envOf(name)]));
  // The pod's own is a mount whose file is gone, over which nothing can be mounted.
  const inside = `umount /etc/resolv.conf && mount --bind "${path('resolv.conf')}" /etc/resolv.conf`;
  return {
    dir,
    address,
    proxy,
    envOf: (name) => envs.get(name) ?? {},
    run: (file, rest, { as: name = names[0], env: more = {}, ...how } = {}) =>
      runMounted(file, rest, { ...how, prepare: inside, env: envs.get(name) ?? {}, more, home: dir }),
    pai: async (...rest) => (await promisify(execFile)(process.execPath, command(rest))).stdout,
    auditText: () => readFileSync(path('audit.jsonl'), 'utf8'),
    resident: () => residentOf(sidecar.pid),
    async close() {
      await stop(sidecar);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What to lead where without a sidecar. */
export interface DirectPodOptions {
  /** An address of 127.0.0.0/8 that no other test has. */
  readonly address: string;
  /** Of the service, on 127.0.0.1. */
  readonly port: number;
  readonly ca: Ca;
  readonly hosts: readonly string[];
  /** What a client gets instead of placeholders; a name of a file stands for its path, as of a Provider. */
  readonly env: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** The same without a sidecar: clients with a credential of their own before the service. Shows what it takes. */
export async function startDirectPod(options: DirectPodOptions): Promise<Pod> {
  const { address, port, ca, hosts, env: own, files = {} } = options;
  const dir = mkdtempSync(join(tmpdir(), 'pai-direct-'));
  const hostsFile = join(dir, 'hosts');
  const lines = ['localhost', ...hosts].map((host, i) => `${i === 0 ? '127.0.0.1' : address} ${host}`);
  writeFileSync(hostsFile, `${lines.join('\n')}\n`);
  const sockets = new Set<Socket>();
  const server = net.createServer((client) => {
    const service = net.connect(port, '127.0.0.1');
    for (const socket of [client, service]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    client.pipe(service).pipe(client);
  });
  server.listen(443, address);
  await once(server, 'listening');
  mkdirSync(join(dir, 'agent'));
  const attached = [{ name: 'direct', provider: { placeholders: { env: own, files } } }] as never;
  const env = agentEnvironment({ ca, attached, dir: join(dir, 'agent') });
  const inside = `mount --bind "${hostsFile}" /etc/hosts`;
  return {
    dir,
    run: (file, rest, { as: _, env: more = {}, ...how } = {}) =>
      runMounted(file, rest, { ...how, prepare: inside, env, more, home: dir }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
