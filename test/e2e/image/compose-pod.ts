import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

/** What the example's compose file says of a service, as far as it uses it. */
export interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const example = join(import.meta.dirname, '../../../examples/sidecar-compose');

/** The services of the example's compose file. */
export const services: Readonly<Record<'prepare' | 'sidecar' | 'agent', Service>> = parse(
  readFileSync(join(example, 'compose.yaml'), 'utf8'),
  { merge: true },
).services;

const execute = promisify(execFile);

/** How a program ended. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function tryRun(file: string, args: readonly string[], env = process.env): Promise<Ended> {
  try {
    const { stdout, stderr } = await execute(file, args, { env, timeout: 90_000, maxBuffer: 64 << 20 });
    return { status: 0, out: stdout, err: stderr };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    return { status: Number(code), out: stdout, err: stderr };
  }
}

/** Where a pod is made. */
export interface PodOptions {
  readonly directory: string;
  readonly image: string;
  /** In docker's format. */
  readonly archive: string;
  /** Content of the file of the secret. */
  readonly token: string;
}

/** Runs the services of the compose file with podman and runc, in a network namespace of their own. */
export async function createPod({ directory, image, archive, token }: PodOptions) {
  const at = (name: string) => join(directory, name);
  const own = { CONTAINERS_CONF: at('containers.conf'), PATH: process.env['PATH'] };
  writeFileSync(own.CONTAINERS_CONF, configuration);
  const store = ['--storage-driver', 'vfs', '--root', at('store'), '--runroot', at('run')];
  const podman = (...args: readonly string[]) => tryRun('podman', [...store, ...args], own);
  await podman('load', '-q', '-i', archive);
  writeFileSync(at('github-token'), token);
  chmodSync(at('github-token'), 0o444);
  // As an engine makes a named volume: owned by whom the image says.
  for (const volume of ['ca', 'agent']) {
    mkdirSync(at(volume));
    execFileSync('chown', ['65532:65532', at(volume)]);
  }
  const network = joinNetworks();

  const flagsOf = (service: Service) => [
    ...[service.user ?? []].flat().flatMap((user) => ['--user', user]),
    ...(service.read_only === true ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(service.cap_drop ?? []).map((name) => `--cap-drop=${name}`),
    ...(service.security_opt ?? []).map((option) => `--security-opt=${option.replace(':true', '')}`),
    ...pairs(service.environment).map((pair) => `--env=${pair}`),
    ...pairs(service.sysctls).map((pair) => `--sysctl=${pair}`),
    ...(service.volumes ?? []).map((volume) => `--volume=${volume.replace(/^[^:]+/, place)}`),
    ...(service.secrets ?? []).map((name) => `--volume=${at(name)}:/run/secrets/${name}:ro`),
    `--network=${service.network_mode === 'none' ? 'none' : `ns:/run/netns/${network.name}`}`,
  ];
  const place = (source: string) => (source.startsWith('.') ? resolve(example, source) : at(source));
  return {
    ...network,
    podman,
    /** Runs a service of the file; `more` are options of podman, `rest` arguments of the command. */
    start: (service: Service, more: readonly string[] = [], rest: readonly string[] = []) =>
      podman('run', '--no-healthcheck', ...flagsOf(service), ...more, image, ...service.command, ...rest),
    /** Runs a program as the agent: in the pod's network, with its resolver and its volume, as its uid, without any other file of Pai. */
    asAgent: (...words: readonly string[]) => {
      const [uid = ''] = (services.agent.user ?? '').split(':');
      // What this network's own resolver is mounted from is gone, and nothing can be mounted over that.
      const inside = [
        'umount /etc/resolv.conf',
        `mount --bind "${join(example, 'resolv.conf')}" /etc/resolv.conf`,
        `mount --bind "${at('agent')}" /run/pai/agent`,
        `exec setpriv --reuid ${uid} --regid ${uid} --clear-groups "$@"`,
      ].join(' && ');
      const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
      const enter = [`--net=/run/netns/${network.name}`, 'unshare', '--mount'];
      return tryRun('nsenter', [...enter, 'sh', '-c', inside, 'sh', ...words], env);
    },
    async close() {
      await podman('rm', '--all', '--force');
      network.leave();
    },
  };
}

const configuration = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`;

function pairs(values: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

/** A network namespace with a line to this one, where the services are, and the resolver that the compose file mounts. */
function joinNetworks() {
  const name = `pai-${process.pid}`;
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { encoding: 'utf8' });
  mkdirSync('/run/netns', { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
  ip('netns', 'add', name);
  ip('link', 'add', 'outside', 'type', 'veth', 'peer', 'name', 'inside', 'netns', name);
  ip('address', 'add', '198.51.100.1/24', 'dev', 'outside');
  ip('link', 'set', 'outside', 'up');
  ip('-n', name, 'address', 'add', '198.51.100.2/24', 'dev', 'inside');
  ip('-n', name, 'link', 'set', 'inside', 'up');
  ip('-n', name, 'link', 'set', 'lo', 'up');
  mkdirSync('/run/pai/agent', { recursive: true });
  return {
    name,
    /** Of this side, where services listen. */
    outside: '198.51.100.1',
    leave: () => {
      ip('netns', 'delete', name);
      execFileSync('umount', ['/run/netns']);
    },
  };
}
