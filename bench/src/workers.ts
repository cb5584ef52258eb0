import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from './cpus.ts';
import type { LoadOrder, LoadReply, LoadWork } from './load/protocol.ts';
import type { Service } from './services.ts';
import type { Certificate } from './site.ts';
import type { StreamsOrder } from './upstream/streams.ts';

/** A service that answers 401 unless the real credential arrives. */
export interface Upstream {
  readonly port: number;
  /** Has the streams' upstream send events. */
  send(order: StreamsOrder): void;
  close(): void;
}

/** Starts the upstream of a service with its certificates. */
export async function startUpstream(
  service: Service,
  certificates: Readonly<Record<string, Certificate>>,
): Promise<Upstream> {
  const { child, first } = await startWorker(`upstream/${service.name}.ts`, [JSON.stringify(certificates)]);
  return { port: Number(first), send: (order) => child.send(order), close: () => child.kill() };
}

/** Generates load from a process of its own. */
export interface Load {
  /** Has one thing done. Rejects when an answer is not a 200. */
  do<Kind extends keyof LoadWork>(
    kind: Kind,
    what: Parameters<LoadWork[Kind]>[0],
  ): Promise<ReturnType<LoadWork[Kind]>>;
  close(): void;
}

/** Milliseconds that one order may take. */
const patience = 120_000;

async function replyOf(child: ChildProcess, kind: string): Promise<LoadReply> {
  const done = new AbortController();
  const { signal } = done;
  const timer = setTimeout(() => done.abort(), patience);
  const late = () => new Error(`${kind} took more than ${patience / 1_000} s`);
  try {
    const [reply] = await Promise.race([
      once(child, 'message', { signal }).catch(() => Promise.reject(late())),
      once(child, 'exit', { signal }).then(
        () => Promise.reject(new Error('the load generator ended')),
        () => Promise.reject(late()),
      ),
    ]);
    return reply as LoadReply;
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}

/** Starts the load generator. */
export async function startLoad(): Promise<Load> {
  const { child } = await startWorker('load/worker.ts', []);
  return {
    async do(kind, what) {
      child.send({ kind, what } as LoadOrder);
      const reply = await replyOf(child, kind);
      if ('error' in reply) throw new Error(reply.error);
      return reply.result as ReturnType<LoadWork[typeof kind]>;
    },
    close: () => child.kill(),
  };
}

async function startWorker(
  name: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; first: unknown }> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const [file, ...rest] = pinned('load', [process.execPath, path, ...args]);
  const child = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [first] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended before it was ready`))),
  ]);
  return { child, first };
}
