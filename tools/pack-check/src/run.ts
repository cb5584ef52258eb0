import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** How a command ended. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  /** Standard output and standard error, as they came. */
  readonly all: string;
}

/** Runs a command to its end in `cwd`, with this very Node first in its PATH; it is killed after two minutes. */
export function run(cwd: string, file: string, ...args: readonly string[]): Promise<Ran> {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PAI_'));
  const env = { ...Object.fromEntries(kept), PATH: path, NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });
    let out = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      all += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      all += chunk;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, out, all }));
  });
}

/** Runs a command that must succeed. Throws with what it wrote. */
export async function mustRun(cwd: string, file: string, ...args: readonly string[]): Promise<Ran> {
  const ran = await run(cwd, file, ...args);
  if (ran.status === 0) return ran;
  throw new Error(`${[file, ...args].join(' ')} ended with ${ran.status}:\n${ran.all.trim()}`);
}
