import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pinned } from './cpus.ts';
import { requestHead } from './exchange.ts';
import { connect } from './load/connect.ts';
import type { Target } from './load/protocol.ts';
import type { Front, Peer } from './peers/peer.ts';

/** A proxy under measurement. */
export interface RunningProxy {
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from its spawn to its first answer. */
  readonly startMs: number;
  /** Status of that answer. */
  readonly status: number;
  /** Everything it has written so far. */
  readonly said: () => string;
  stop(): Promise<void>;
}

/** What a proxy stands in front of; the port it listens on is found for it. */
export type Place = Omit<Front, 'port'>;

/**
 * What every proxy finds in its environment beside its own. Whoever measures may have set more: roots to trust, of
 * which Node reads a file at each start, or options for Node.
 */
const plain = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

/** How long a proxy has to give its first answer, and to end, in milliseconds. */
const deadlines = { start: 60_000, stop: 2_000 };

/**
 * Starts a peer's proxy and waits for its first answer to `targetAt` its port. Rejects with what it wrote when it ends
 * before that.
 */
export async function startProxy(
  { launch, name }: Peer,
  place: Place,
  targetAt: (port: number) => Target,
  extra: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<RunningProxy> {
  if (launch === undefined) throw new Error(`${name} is no proxy`);
  const port = await freePort();
  const { command, env } = await launch({ ...place, port });
  const [file, ...args] = pinned('proxy', command);
  const started = performance.now();
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plain, ...env, ...extra.env },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const text = () => Buffer.concat(said).toString();
  const target = targetAt(port);
  while (performance.now() - started < deadlines.start && child.exitCode === null) {
    const status = await ask(target).catch(() => undefined);
    if (status !== undefined) {
      const startMs = performance.now() - started;
      return { port, pid: pidOf(child), startMs, status, said: text, stop: () => stop(child) };
    }
    await delay(1);
  }
  await stop(child);
  throw new Error(`${name} gave no answer: ${text()}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlines.stop);
  await exited;
  clearTimeout(timer);
}

/** Status of one answer on a connection of its own. */
async function ask(target: Target): Promise<number> {
  const socket = await connect(target);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let head = '';
  socket.on('error', reject).on('close', reject);
  socket.on('data', (chunk) => {
    head += chunk.toString('latin1');
    if (head.includes('\r\n\r\n')) resolve(Number(head.slice(9, 12)));
  });
  socket.write(requestHead(target));
  return promise.finally(() => socket.destroy());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('a process without an id');
  return pid;
}
