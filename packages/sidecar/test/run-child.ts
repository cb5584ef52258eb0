import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./apply-in-child.ts', import.meta.url));

/** Applies documents and puts secrets in another process, and gives what it printed: `done` or the error. */
export async function runChild(
  home: string,
  work: { apply?: readonly string[]; put?: readonly (readonly [name: string, key: string])[] },
  options: { shell?: string } = {},
): Promise<string> {
  const command = `${options.shell ?? ''} exec "$@"`;
  const args = ['-c', command, 'sh', process.execPath, script, home, JSON.stringify(work)];
  const { stdout } = await promisify(execFile)('sh', args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return stdout;
}
