import { spawn } from 'node:child_process';
import type { Words } from './run.ts';
import { until } from './until.ts';

/** The sidecar, in a process of its own. */
export interface SidecarProcess {
  /** `ADDR:PORT` of the TLS door and of the proxy door. */
  readonly tls: string;
  readonly proxy: string;
  /** Everything it has written so far. */
  readonly log: () => string;
  /** Stops it and waits until it has ended. */
  stop(): Promise<void>;
}

/** Starts `pai sidecar` and waits for its ready line. Throws with what it wrote when it ends instead, and when the signal says so. */
export async function startSidecarProcess(
  [file, ...args]: Words,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<SidecarProcess> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      log += `${error.message}\n`;
      hasEnded = true;
      resolve();
    });
    child.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  const stop = async () => {
    const patience = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(patience);
  };
  try {
    const [, tls = '', proxy = ''] = await until('the ready line of the sidecar', () => {
      signal.throwIfAborted();
      if (hasEnded) throw new Error(`the sidecar did not start:\n${log}`);
      return /sidecar ready: tls ([^\s,]+)[^,]*, proxy ([^\s,;]+)/.exec(log) ?? undefined;
    });
    return { tls, proxy, log: () => log, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}
