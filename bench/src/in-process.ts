import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pinned } from './cpus.ts';

/** Runs a program of `in-process/` on the proxies' core and gives the numbers it prints as JSON. */
export async function measureInProcess(
  name: string,
  ...args: readonly string[]
): Promise<Readonly<Record<string, number>>> {
  const path = fileURLToPath(new URL(`in-process/${name}.ts`, import.meta.url));
  const [file, ...rest] = pinned('proxy', [process.execPath, path, ...args]);
  const { stdout } = await promisify(execFile)(file, rest);
  return JSON.parse(stdout) as Record<string, number>;
}
