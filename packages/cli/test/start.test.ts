import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { apiProvider, createDesk } from './pai.ts';

/** Everything that a sidecar with one http-token Provider has loaded when it is ready and told to stop. */
async function loadedBy(args: readonly string[], edit = (text: string) => text): Promise<readonly string[]> {
  const desk = await createDesk();
  const file = join(desk.directory, 'api.yaml');
  await writeFile(file, apiProvider());
  await desk.pai(['add', 'secret', 'api-token', '--from-literal', 'token=canary-0123456789']);
  await desk.pai(['apply', '-f', file]);
  const stored = join(desk.home, 'providers/default/api.yaml');
  await writeFile(stored, edit(await readFile(stored, 'utf8')));
  const [recorder, main] = ['./loaded-modules.ts', '../src/main.ts'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  ) as [string, string];
  const loaded = join(desk.directory, 'loaded.json');
  const child = spawn(
    process.execPath,
    ['--import', recorder, main, 'sidecar', '--provider', 'api', ...args],
    {
      env: {
        PAI_HOME: desk.home,
        PAI_AUDIT_LOG: join(desk.directory, 'audit.jsonl'),
        LOADED_MODULES: loaded,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(String((await once(child.stdout, 'data'))[0])).toContain('sidecar ready');
  child.kill('SIGTERM');
  await once(child, 'exit');
  return JSON.parse(await readFile(loaded, 'utf8')) as string[];
}

/** What only some configurations need. What Node has loaded is judged in the bundle, where nothing else asks for it. */
const optional = {
  'HTTP/2': /\/sidecar\/src\/agent\/h2\.ts$/,
  'the YAML parser': /\/node_modules\/yaml\/|\/sidecar\/src\/documents\.ts$/,
  'TypeBox’s checks': /\/typebox\/build\/value\/index\.mjs$/,
  'other provider types': /\/provider-(?:aws|azure|gcp|github|slack|telegram)\//,
  'the DNS door': /\/dns-packet\/|\/sidecar\/src\/doors\/dns/,
  'the proxy door and tunnels': /\/sidecar\/src\/doors\/(?:proxy|tunnel)\.ts$/,
  'the admin door': /\/sidecar\/src\/doors\/admin\.ts$/,
};

const found = (modules: readonly string[]) =>
  Object.entries(optional)
    .filter(([, pattern]) => modules.some((name) => pattern.test(name)))
    .map(([what]) => what);

test('a sidecar loads nothing that its configuration does not need', { timeout: 60_000 }, async () => {
  const modules = await loadedBy(['--listen', '127.0.0.1:0']);
  expect(found(modules)).toEqual([]);
  expect(modules.filter((name) => name.includes('/sidecar/src/')).length).toBeGreaterThan(40);
});

test('what it needs it loads', { timeout: 60_000 }, async () => {
  const doors = [
    '--listen',
    '127.0.0.1:0',
    '--proxy',
    '127.0.0.1:0',
    '--dns',
    '127.0.0.1:0',
    '--admin',
    '127.0.0.1:0',
  ];
  const modules = await loadedBy(doors, (text) => `# edited by hand\n${text}`);
  expect(found(modules)).toEqual(
    expect.arrayContaining([
      'the YAML parser',
      'the DNS door',
      'the proxy door and tunnels',
      'the admin door',
    ]),
  );
});
