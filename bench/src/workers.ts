import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from './cpus.ts';
import type { LoadOrder, LoadReply, LoadResult } from './load-protocol.ts';

/** A service that answers 401 unless the real credential arrives. */
export interface Upstream {
  readonly port: number;
  close(): void;
}

/** Starts the upstream with a certificate. */
export async function startUpstream(certFile: string, keyFile: string): Promise<Upstream> {
  const { child, first } = await startWorker('upstream.ts', [certFile, keyFile]);
  return { port: Number(first), close: () => child.kill() };
}

/** Generates load from a process of its own. */
export interface Load {
  /** Opens `connections` to `port`, in place of those that are open. */
  open(port: number, connections: number, token: string): Promise<void>;
  /** Rejects when an answer is not a 200. */
  run(requests: number): Promise<LoadResult>;
  /** Closes the connections. */
  rest(): Promise<void>;
  close(): void;
}

/** Starts the load generator, which trusts the CA in `caFile`. */
export async function startLoad(caFile: string): Promise<Load> {
  const { child } = await startWorker('load.ts', [caFile]);
  const order = async (what: LoadOrder): Promise<LoadResult | undefined> => {
    child.send(what);
    const [reply] = (await once(child, 'message')) as [LoadReply];
    if ('error' in reply) throw new Error(reply.error);
    return reply.result;
  };
  return {
    open: async (port, connections, token) => void (await order({ kind: 'open', port, connections, token })),
    run: async (requests) => {
      const result = await order({ kind: 'run', requests });
      if (result === undefined) throw new Error('the load generator measured nothing');
      return result;
    },
    rest: async () => void (await order({ kind: 'close' })),
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
