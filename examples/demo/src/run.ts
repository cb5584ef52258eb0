import { spawn } from 'node:child_process';

/** How a process ended and what it wrote. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A command and its arguments. */
export type Words = readonly [string, ...string[]];

/** How a command is run. */
export interface RunOptions {
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Kills the command. */
  readonly signal: AbortSignal;
  readonly input?: string;
}

/** Runs a command to its end, or for thirty seconds. Rejects when it cannot be started or is killed by the signal. */
export function run([file, ...args]: Words, { env, signal, input = '' }: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, signal, timeout: 30_000, killSignal: 'SIGKILL' });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, out, err }));
    child.stdin.on('error', () => {}).end(input);
  });
}
