import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { toAscii } from '../src/ascii.ts';
import { bundleCommand, bundleSidecar } from '../src/bundle.ts';

const root = join(import.meta.dirname, '../../..');
const directory = mkdtempSync(join(tmpdir(), 'pai-bundle-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The bundles as an installation has them, with nothing else around. */
const installed = join(directory, 'node_modules/@pai');
await bundleSidecar(join(installed, 'sidecar/dist'));
await bundleCommand(join(installed, 'cli/dist'));
for (const name of ['sidecar', 'cli']) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  writeFileSync(
    join(installed, name, 'package.json'),
    JSON.stringify({ ...manifest, ...manifest.publishConfig }),
  );
}
const pai = join(installed, 'cli/dist/pai.js');
const bundle = join(installed, 'sidecar/dist/bundle/sidecar.js');
const script = join(installed, 'sidecar/dist/bundle/sidecar.script.cjs');
const env = {
  HOME: directory,
  PAI_HOME: join(directory, 'home'),
  PAI_AUDIT_LOG: join(directory, 'audit.jsonl'),
};

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: http-token
  host: api.example.com
  auth: {type: bearer, secretRef: api}
  policy: {httpRules: [{effect: allow, methods: [GET]}]}
`;

/** What a started sidecar has loaded, as `loaded-modules.ts` of the command's tests records it. */
async function loadedBySidecar(): Promise<readonly string[]> {
  const recorder = join(root, 'packages/cli/test/loaded-modules.ts');
  const loaded = join(directory, 'loaded.json');
  const args = ['--import', recorder, pai, 'sidecar', '--provider', 'api', '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, args, {
    env: { ...env, LOADED_MODULES: loaded },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(String((await once(child.stdout, 'data'))[0])).toContain('sidecar ready');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  return JSON.parse(readFileSync(loaded, 'utf8')) as string[];
}

/** Parts of the command that only other commands load. */
const lazy =
  /^pai-(?:list-tools|confirm|conformance|conformance-samples|find-package|mcp-bridge|browser|login|login-receiver|_node_readline)\.js$/;

test('every provider type is in the bundle, or in a file beside it', () => {
  const code = `
    const { builtinPlugins } = await import(${JSON.stringify(pathToFileURL(bundle).href)});
    for (const [type, load] of builtinPlugins) console.log(type, (await load()).type);`;
  const { stdout: out, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const types = ['github', 'slack', 'http-token', 'telegram', 'aws', 'azure', 'gcp', 'mcp'];
  expect(out.trim().split('\n')).toEqual(types.map((type) => `${type} ${type}`));
});

test('the command starts a sidecar from the one file, alone, and loads nothing else', {
  timeout: 60_000,
}, async () => {
  const file = join(directory, 'api.yaml');
  writeFileSync(file, provider);
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [pai, ...args], { env, encoding: 'utf8' });
  run('add', 'secret', 'api', '--from-literal', 'token=canary-0123456789');
  run('apply', '-f', file);
  const modules = await loadedBySidecar();
  const files = modules.filter((url) => url.startsWith('file:'));
  const commands = readdirSync(join(installed, 'cli/dist')).filter(
    (name) => name.endsWith('.js') && !lazy.test(name),
  );
  const expected = [bundle, ...commands.map((name) => join(installed, 'cli/dist', name))];
  expect(new Set(files)).toEqual(new Set(expected.map((path) => pathToFileURL(path).href)));
  const heavy =
    /^node:(?:http|_http_server|http2|https|zlib|dns\/promises|internal\/deps\/undici.*|inspector)$/;
  expect(modules.filter((name) => heavy.test(name))).toEqual([]);
  // The list that was searched is there.
  expect(modules).toContain('node:tls');
});

test('what the command compiled is kept for its user alone', () => {
  const cache = join(directory, '.cache/pai');
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(cache, 'compiled'))).toHaveLength(1);
});

test('the module has what the script has, and stands for it', () => {
  const text = `
    const made = await import(${JSON.stringify(pathToFileURL(bundle).href)});
    console.log(JSON.stringify(Object.keys(made)), made.findHome.name);`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', text], { env, encoding: 'utf8' });
  const own = readFileSync(script, 'utf8').match(/(?<=^exports\.)\w+/gm) ?? [];
  expect(own.length).toBeGreaterThan(40);
  expect(out.trim()).toBe(`${JSON.stringify(own.sort())} findHome`);
});

test('the one file has no comment, no path of this machine, and nothing that V8 would keep at two bytes a character', () => {
  const code = readFileSync(script, 'latin1') + readFileSync(bundle, 'latin1');
  expect(code).toMatch(/^[\0-\x7f]*$/);
  expect(code).not.toContain(root);
  expect(code).not.toContain('/**');
});

test('the licences of all that is in the bundles stand beside them', () => {
  const names = (file: string) =>
    readFileSync(join(installed, file), 'utf8')
      .match(/(?<=^---- )\S+/gm)
      ?.sort();
  expect(names('sidecar/dist/bundle/LICENSES.txt')).toEqual([
    '@leichtgewicht/ip-codec',
    'dns-packet',
    'graphql',
    'jose',
    'oauth4webapi',
    'typebox',
    'yaml',
  ]);
  expect(names('cli/dist/LICENSES.txt')).toEqual(['commander', 'typebox']);
});

test('an escape means what the character meant', () => {
  const code = 'export const all = ["é’𝄞", `é’`, /^[é-’]$/u.test("’"), "𝄞".match(/𝄞/u)?.length];';
  const ascii = toAscii(code);
  expect(ascii).toMatch(/^[\0-\x7f]*$/);
  const run = (text: string) => Function(`${text.replace('export const all =', 'return')}`)();
  expect(run(ascii)).toEqual(run(code));
  expect(() => toAscii('String.raw`é`')).toThrow('String.raw');
});
