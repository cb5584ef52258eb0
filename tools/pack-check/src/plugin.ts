import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './run.ts';

/**
 * Adds a third party's package beside the installed packages and asks the installed `pai` what a request of its type
 * means, which starts a process for it. Throws when that does not load, or does not say what credential goes on.
 */
export async function checkPlugin(root: string, directory: string): Promise<void> {
  const name = '@acme/pai-widgets';
  const place = join(directory, 'node_modules', name);
  await cp(join(root, 'packages/sidecar/test/plugins/widgets'), place, { recursive: true });
  await writeFile(join(directory, 'widgets.yaml'), provider);
  const main = 'node_modules/@pai/cli/dist/pai.js';
  const home = ['--home', 'plugin-home'];
  const pai = (...args: readonly string[]) => mustRun(directory, process.execPath, main, ...args, ...home);
  await pai('plugins', 'add', name);
  await pai('add', 'secret', 'widgets-key', '--from-literal', 'token=the-real-token');
  await pai('apply', '-f', 'widgets.yaml');
  const { out } = await pai('explain', 'GET', 'https://api.widgets.example/widget/1');
  if (!out.includes('injects    authorization: Key [secret widgets-key/token]')) throw new Error(out);
}

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: widgets}
spec:
  type: widgets
  auth: {type: key, secretRef: widgets-key}
  policy: {allow: ["widget:read"]}
`;
