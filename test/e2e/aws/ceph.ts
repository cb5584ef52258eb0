import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../run-client.ts';
import { type AwsKeys, madeUpKeys } from './keys.ts';

const run = promisify(execFile);

/** Whether Ceph is installed. */
export const hasCeph = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'monmaptool'].every(
  (name) => findProgram(name) !== undefined,
);

/** A cluster of one monitor, one store in memory and one gateway, on loopback, for one user. */
export interface Ceph {
  /** Of the gateway: S3 over HTTP, virtual hosts too. */
  readonly port: number;
  readonly keys: AwsKeys;
  close(): Promise<void>;
}

/** Starts one in `parent`; it has its own directory there. Throws what went wrong after a minute at most. */
export async function startCeph(parent: string): Promise<Ceph> {
  const dir = join(parent, 'ceph');
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(dir, name), { recursive: true });
  const [monitorPort, port] = [await freePort(), await freePort()];
  const [cluster, store] = [randomUUID(), randomUUID()];
  writeFileSync(join(dir, 'ceph.conf'), configuration(dir, cluster, monitorPort, port));
  writeFileSync(join(dir, 'keyring'), keyring(), { mode: 0o600 });
  const end = AbortSignal.timeout(60_000);
  const options = { cwd: dir, env: { PATH: process.env['PATH'], CEPH_CONF: 'ceph.conf' }, signal: end };
  const daemons: ChildProcess[] = [];
  const start = (file: string, ...args: string[]) => {
    const log = openSync(join(dir, `${file}.out`), 'w');
    daemons.push(
      spawn(file, [...args, '-f'], { ...options, signal: undefined, stdio: ['ignore', log, log] }),
    );
  };
  const close = async () => {
    // The gateway first: it waits for the others.
    for (const daemon of daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  const keys = madeUpKeys('CEPH');
  try {
    const address = `[v2:127.0.0.1:${monitorPort}]`;
    await run('monmaptool', ['--create', '--addv', 'a', address, '--fsid', cluster, 'monmap'], options);
    await run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'keyring'], options);
    start('ceph-mon', '-i', 'a');
    await run('ceph', ['osd', 'new', store, '0'], options);
    await run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', store], options);
    start('ceph-osd', '-i', '0');
    const admin = (...args: string[]) => run('radosgw-admin', ['-n', 'client.admin', ...args], options);
    const user = ['user', 'create', '--uid', 'pai', '--display-name', 'pai'];
    const secrets = ['--access-key', keys.accessKeyId, '--secret-key', keys.secretAccessKey];
    await admin(...user, ...secrets);
    const { stdout } = await admin('zonegroup', 'get', '--rgw-zonegroup', 'default');
    writeFileSync(join(dir, 'zonegroup'), JSON.stringify({ ...JSON.parse(stdout), hostnames }));
    await admin('zonegroup', 'set', '--rgw-zonegroup', 'default', '--infile', 'zonegroup');
    start('radosgw', '-n', 'client.rgw');
    await answers(port, end);
  } catch (error) {
    await close();
    throw error;
  }
  return { port, keys, close };
}

/** Buckets are the labels left of one of these. */
const hostnames = ['s3.us-east-1.amazonaws.com', 's3.amazonaws.com', 's3.dualstack.us-east-1.amazonaws.com'];

function configuration(dir: string, cluster: string, monitorPort: number, port: number): string {
  const settings = {
    fsid: cluster,
    mon_host: `v2:127.0.0.1:${monitorPort}`,
    public_addr: '127.0.0.1',
    keyring: '$dir/keyring',
    run_dir: '$dir',
    admin_socket: '',
    pid_file: '',
    log_file: '$dir/$name.log',
    mon_data: '$dir/mon',
    osd_data: '$dir/osd',
    rgw_data: '$dir/rgw',
    mon_data_avail_crit: 0,
    mon_max_pg_per_osd: 1_000,
    mon_allow_pool_size_one: true,
    // Eight pools are made one after the other, each a round of this.
    paxos_propose_interval: 0.02,
    paxos_min_wait: 0.01,
    osd_objectstore: 'memstore',
    memstore_device_bytes: 2 ** 31,
    osd_pool_default_size: 1,
    osd_pool_default_min_size: 1,
    osd_pool_default_pg_num: 2,
    osd_pool_default_pgp_num: 2,
    osd_pool_default_pg_autoscale_mode: 'off',
    osd_crush_chooseleaf_type: 0,
    rgw_frontends: `beast endpoint=127.0.0.1:${port}`,
    rgw_thread_pool_size: 64,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`.replaceAll('$dir', dir));
  return `[global]\n${lines.join('\n')}\n`;
}

/** Keys are a type, a time, a length and that many random bytes. */
function keyring(): string {
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0]);
  const all = ['mon', 'osd', 'mgr'].map((kind) => `caps ${kind} = "allow *"`).join('\n');
  const entry = (name: string) =>
    `[${name}]\nkey = ${Buffer.concat([head, randomBytes(16)]).toString('base64')}\n${all}\n`;
  return ['mon.', 'client.admin', 'client.rgw', 'osd.0'].map(entry).join('');
}

async function answers(port: number, end: AbortSignal): Promise<void> {
  const isThere = () =>
    new Promise<boolean>((resolve) => {
      const asked = http.get({ port, host: '127.0.0.1' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.once('error', () => resolve(false));
    });
  while (!(await isThere())) {
    end.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port of loopback that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
