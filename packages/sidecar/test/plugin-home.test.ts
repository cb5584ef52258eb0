import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { readWanted } from '../src/npm-install.ts';
import { addPlugin, listPlugins, removePlugin } from '../src/plugin-home.ts';
import { builtinPlugins } from '../src/plugins.ts';
import { failureOf, temporaryHome } from './temporary-home.ts';

const at = (name: string) => join(import.meta.dirname, 'plugins', name);
const add = (home: string, wanted: string, env: NodeJS.ProcessEnv = {}) =>
  addPlugin({ home, wanted, isolation: 'process', builtins: builtinPlugins, env, log: () => undefined });

/** A registry that has one package: its files, and an archive that is what it says, or is not. */
async function startRegistry(name: string, files: Readonly<Record<string, string>>) {
  const archive = gzipSync(tar(files));
  const served = { archive };
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz') === true) return response.end(served.archive);
    const tarball = `http://127.0.0.1:${(server.address() as AddressInfo).port}/-/it.tgz`;
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    const manifest = JSON.parse(files['package.json'] ?? '{}') as { version: string };
    const { version } = manifest;
    const versions = { [version]: { ...manifest, name, dist: { tarball, integrity } } };
    return response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const home = await temporaryHome();
  await mkdir(home, { recursive: true });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    npm_config_registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    npm_config_fetch_retries: '0',
  };
  return { home, env, served };
}

/** A tar archive (POSIX ustar) of text files below `package/`. */
function tar(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const head = Buffer.alloc(512);
    const content = Buffer.from(text);
    head.write(`package/${name}`, 0);
    head.write('0000644\0', 100);
    head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('00000000000\0', 136);
    head.write('        ', 148);
    head.write('0', 156);
    head.write('ustar\x0000', 257);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

/** The module of a plugin. */
const plain = `import { providerSpec } from '@pai/policy';
export const plain = {
  apiVersion: 'v1',
  type: 'plain',
  spec: providerSpec({ type: 'plain' }),
  example: { type: 'plain', policy: { allow: ['*'] } },
  create: () => ({
    hosts: [{ host: 'api.plain.example' }],
    placeholders: { env: {} },
    credentialSlots: { headers: [] },
    resolve: () => ({ actions: [{ name: 'read' }] }),
    scope: () => undefined,
    inject: () => undefined,
  }),
};
`;

test('a package is installed without its scripts, checked, pinned and recorded, and taken away again', {
  timeout: 90_000,
}, async () => {
  const name = '@acme/pai-plain';
  const manifest = {
    name,
    version: '2.0.1',
    type: 'module',
    main: 'index.js',
    scripts: { postinstall: 'touch ran-a-script' },
    peerDependencies: { '@pai/core': '*' },
  };
  const { home, env } = await startRegistry(name, {
    'package.json': JSON.stringify(manifest),
    'index.js': plain,
  });
  await writeFile(join(home, 'config.yaml'), '# mine\napiVersion: pai.io/v1\nkind: Config\nplugins: []\n');

  const entry = await add(home, `${name}@2.0.1`, env);
  expect(entry).toMatchObject({ package: name, version: '2.0.1', type: 'plain' });
  expect(entry.integrity).toMatch(/^sha512-/);
  const config = await readFile(join(home, 'config.yaml'), 'utf8');
  expect(config).toMatch(/^# mine\n/);
  expect(config).toContain(entry.integrity);
  const installed = join(home, 'plugins', '@acme+pai-plain');
  await expect(readFile(join(installed, 'node_modules', name, 'ran-a-script'))).rejects.toThrow('ENOENT');
  await expect(readFile(join(installed, 'node_modules/@pai/core/package.json'))).rejects.toThrow('ENOENT');
  expect(await listPlugins(home)).toEqual([{ entry }]);

  const lock = join(installed, 'package-lock.json');
  await writeFile(lock, (await readFile(lock, 'utf8')).replace(/sha512-[^"]+/, 'sha512-other'));
  expect((await listPlugins(home))[0]?.problem?.message).toContain('its integrity has changed');

  await removePlugin(home, name);
  expect(await listPlugins(home)).toEqual([]);
  await expect(readFile(join(installed, 'package.json'))).rejects.toThrow('ENOENT');
});

test('an archive that is not what the registry says is not installed', { timeout: 60_000 }, async () => {
  const files = { 'package.json': '{"name":"pai-swapped","version":"1.0.0"}', 'index.js': '' };
  const { home, env, served } = await startRegistry('pai-swapped', files);
  served.archive = gzipSync(tar({ ...files, 'index.js': 'export const other = 1;' }));
  const failure = await failureOf(add(home, 'pai-swapped', env));
  expect(failure.code).toBe('plugin_unknown');
  expect(failure.message).toContain('npm could not install pai-swapped');
  expect(await listPlugins(home)).toEqual([]);
});

test('a package that is refused does not stay, so that a better version of it is installed', {
  timeout: 60_000,
}, async () => {
  const files = { 'package.json': '{"name":"pai-no-plugin","version":"1.0.0"}', 'index.js': '' };
  const { home, env } = await startRegistry('pai-no-plugin', files);
  expect((await failureOf(add(home, 'pai-no-plugin', env))).code).toBe('plugin_unknown');
  await expect(readdir(join(home, 'plugins'))).resolves.toEqual([]);
});

test('another version takes the place of one that is here, and one that is refused leaves it as it is', {
  timeout: 90_000,
}, async () => {
  const name = 'pai-plain';
  const registryOf = (version: string, text: string) => {
    const manifest = JSON.stringify({ name, version, type: 'module', main: 'index.js' });
    return startRegistry(name, { 'package.json': manifest, 'index.js': text });
  };
  const { home, env } = await registryOf('1.0.0', plain);
  const first = await add(home, name, env);
  // What one that was killed has left.
  await mkdir(join(home, 'plugins/.new/plugins/pai-plain/node_modules/pai-plain'), { recursive: true });

  const refused = await registryOf('2.0.0', 'export const nothing = 1;');
  expect((await failureOf(add(home, `${name}@2.0.0`, refused.env))).code).toBe('plugin_unknown');
  expect(await listPlugins(home)).toEqual([{ entry: first }]);
  expect(await readdir(join(home, 'plugins'))).toEqual([name]);

  const better = await registryOf('3.0.0', plain);
  const third = await add(home, `${name}@3.0.0`, better.env);
  expect(third).toMatchObject({ version: '3.0.0', integrity: expect.stringMatching(/^sha512-/) });
  expect(await listPlugins(home)).toEqual([{ entry: third }]);
  expect(await readdir(join(home, 'plugins'))).toEqual([name]);
});

test('nothing is fetched from a repository that a package depends on, whose settings name programs', {
  timeout: 60_000,
}, async () => {
  const dependencies = { inner: 'git+file:///nonexistent/inner.git' };
  const manifest = { name: 'pai-outer', version: '1.0.0', dependencies };
  const { home, env } = await startRegistry('pai-outer', { 'package.json': JSON.stringify(manifest) });
  expect((await failureOf(add(home, 'pai-outer', env))).message).toContain('EALLOWGIT');
});

test.each(['', '# ours\n'])('a configuration of %j becomes one with a plugin', async (text) => {
  const home = await temporaryHome();
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'config.yaml'), text);
  await add(home, at('widgets'));
  expect(await listPlugins(home)).toMatchObject([{ entry: { package: at('widgets'), type: 'widgets' } }]);
  expect(await readFile(join(home, 'config.yaml'), 'utf8')).toContain(text);
});

test('a directory is added as it is, and checked with the example of its type', {
  timeout: 60_000,
}, async () => {
  const home = await temporaryHome();
  expect(await add(home, at('widgets'))).toEqual({ package: at('widgets'), type: 'widgets' });
  const failure = await failureOf(removePlugin(home, 'widgets'));
  expect(failure.code).toBe('resource_missing');
  expect(failure.message).toContain(at('widgets'));
});

test.each([
  'git+https://github.com/a/b',
  'https://example.com/it.tgz',
  'file:../it',
  'it@file:../it',
  'it@npm:other',
  'it@^1.0.0',
  'github:a/b',
  'a/b',
  '--registry=https://evil.example',
  'it;id',
  'It',
  '',
])('%j is not the name of a package in a registry', (wanted) => {
  expect(() => readWanted(wanted)).toThrow('is not the name of a package in a registry');
});

test.each([
  ['it', 'it', undefined],
  ['it@1.2.3-rc.1', 'it', '1.2.3-rc.1'],
  ['@acme/it@latest', '@acme/it', 'latest'],
])('%j is', (wanted, name, version) => {
  expect(readWanted(wanted)).toEqual({ name, version });
});

test.each([
  ['an unknown key', 'plugin: []', /config\.yaml:3: .*plugin/],
  ['an entry without its package', 'plugins: [{version: 1.0.0}]', /config\.yaml:3: .*package/],
  ['a package twice', 'plugins: [a, a]', /config\.yaml:3: plugins names a twice/],
  ['an isolation that is none', 'plugins: [{package: a, isolation: some}]', /isolation/],
])('a configuration with %s is refused with its line', async (_what, line, why) => {
  const home = await temporaryHome();
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'config.yaml'), `apiVersion: pai.io/v1\nkind: Config\n${line}\n`);
  await expect(listPlugins(home)).rejects.toThrow(why);
});

test('an entry that leads out of the directory of packages is removed, and nothing else is', async () => {
  const home = await temporaryHome();
  await mkdir(join(home, 'plugins', 'x+..'), { recursive: true });
  await writeFile(join(home, 'kept'), '');
  const config = 'apiVersion: pai.io/v1\nkind: Config\nplugins: [x/../../..]\n';
  await writeFile(join(home, 'config.yaml'), config);
  await removePlugin(home, 'x/../../..');
  expect(await readFile(join(home, 'kept'), 'utf8')).toBe('');
  expect(await listPlugins(home)).toEqual([]);
});
