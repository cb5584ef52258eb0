import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The Python that Debian's packages are for. */
export const python = '/usr/bin/python3';

/** A client to run. It gets these variables, which are what `pai env` printed, and a PATH. */
export interface ClientRun {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Standard output and error of a client, whatever its exit status. `file` is an absolute path, or a name on PATH. */
export async function output(
  file: string,
  args: readonly string[],
  { env, cwd }: ClientRun,
): Promise<string> {
  const all = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GOCACHE: '/tmp/pai-e2e-go',
    GOTOOLCHAIN: 'local',
    GH_CONFIG_DIR: '/tmp/pai-e2e-gh',
    GH_PROMPT_DISABLED: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...env,
  };
  const { stdout, stderr } = await run(findProgram(file) ?? file, args, {
    env: all,
    timeout: 90_000,
    ...(cwd !== undefined && { cwd }),
  }).catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

/** The path of a program, or undefined where it is not installed. */
export function findProgram(file: string): string | undefined {
  if (file.startsWith('/')) return existsSync(file) ? file : undefined;
  const places = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, file));
  return places.find((place) => existsSync(place));
}

/** Whether Debian's Python has a module. */
export function hasPythonModule(name: string): boolean {
  return existsSync(join('/usr/lib/python3/dist-packages', name));
}
