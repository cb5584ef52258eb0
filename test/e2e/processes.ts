import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** How a program ended. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** How a program is run. */
export interface ToEnd {
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds. Default 90,000. */
  readonly timeout?: number;
}

/** How a program is run in a mount namespace of its own. */
export interface Mounted extends ToEnd {
  /** Commands of a shell that lay the namespace out. */
  readonly prepare: string;
  readonly home: string;
  /** Over what every program has. */
  readonly more?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, whatever its exit status. */
export function runToEnd(
  file: string,
  args: readonly string[],
  { input = '', timeout = 90_000, ...how }: ToEnd,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { ...how, timeout, maxBuffer: 64 << 20 }, (error, out, err) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), out, err }),
    );
    // Some end before they have read it.
    child.stdin?.on('error', () => {}).end(input);
  });
}

/** The same in a mount namespace, where every client trusts `SSL_CERT_FILE`, with a PATH and an empty home. */
export function runMounted(
  file: string,
  args: readonly string[],
  { prepare, home, env, more, ...how }: Mounted,
): Promise<Ended> {
  const trust = 'mount --bind "$SSL_CERT_FILE" /etc/ssl/certs/ca-certificates.crt';
  const words = ['--mount', 'sh', '-c', `${prepare} && ${trust} && exec "$@"`, 'sh', file, ...args];
  const usual = { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8' };
  return runToEnd('unshare', words, { ...how, env: { ...env, ...usual, ...more } });
}

/** What a program writes first, which says that it is ready. Rejects when it ends before that. */
export function firstWords(child: ChildProcess, name = 'the sidecar'): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (bytes: Buffer) => resolve(String(bytes)));
    child.once('exit', (status) => reject(new Error(`${name} ended with ${status}`)));
  });
}

/** Tells a program to end, and waits until it has. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** MiB that a process holds. */
export function residentOf(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
