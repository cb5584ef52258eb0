import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { pinned } from './cpus.ts';
import { host, requestWith } from './exchange.ts';
import { createResponseReader } from './response-reader.ts';
import type { Site } from './site.ts';
import type { Variant } from './variants.ts';

/** A proxy under measurement. */
export interface RunningProxy {
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from its spawn to its first answer. */
  readonly startMs: number;
  /** Status of that answer. */
  readonly status: number;
  stop(): Promise<void>;
}

/** Milliseconds a proxy has to give its first answer. */
const startDeadline = 15_000;

/** Starts a variant's proxy and waits for its first answer. Rejects with what it wrote when it ends before that. */
export async function startProxy(
  { command, name, token }: Variant,
  site: Site,
  upstreamPort: number,
): Promise<RunningProxy | undefined> {
  if (command === undefined) return undefined;
  const port = await freePort();
  const [file, ...args] = pinned('proxy', command(site, upstreamPort, port));
  const secureContext = tls.createSecureContext({ ca: readFileSync(site.caFile) });
  const started = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await exited;
  };
  while (performance.now() - started < startDeadline && child.exitCode === null) {
    const status = await ask(port, token, secureContext).catch(() => undefined);
    if (status !== undefined) {
      return { port, pid: pidOf(child), startMs: performance.now() - started, status, stop };
    }
    await delay(1);
  }
  await stop();
  throw new Error(`${name} gave no answer: ${Buffer.concat(said).toString()}`);
}

/** Status of one answer on a connection of its own. */
function ask(port: number, token: string, secureContext: tls.SecureContext): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = tls.connect({ host: '127.0.0.1', port, servername: host, secureContext });
  const read = createResponseReader(resolve);
  socket.on('error', reject).on('close', reject);
  socket.on('data', (chunk) => {
    try {
      read(chunk);
    } catch (thrown) {
      reject(thrown);
    }
  });
  socket.write(requestWith(token));
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
