import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readResources } from '../../src/resources.ts';
import { refuseUnverified } from '../../src/stdio/npm-lock.ts';
import { createPackages } from '../../src/stdio/packages.ts';

const block = 512;

/** A tar archive (POSIX ustar) of files, gzipped, as npm has packages. */
function pack(files: Record<string, string>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const head = Buffer.alloc(block);
    head.write(`package/${name}`, 0);
    head.write('0000755\0', 100);
    head.write('0000000\0', 108);
    head.write('0000000\0', 116);
    head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('00000000000\0', 136);
    head.write('        ', 148);
    head.write('0', 156);
    head.write('ustar\0', 257);
    head.write('00', 263);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [head, content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * block)]));
}

const manifest = {
  name: '@odd/server',
  version: '1.2.3',
  bin: { 'odd-server': 'server.js' },
  scripts: { install: "node -e \"require('fs').writeFileSync('scripted', '')\"" },
};
const archive = (says: string) =>
  pack({
    'package.json': JSON.stringify(manifest),
    'server.js': `#!/usr/bin/env node\nconsole.log(${JSON.stringify(says)})\n`,
  });

/** A registry with one package, whose archive can be changed behind the back of its digest. */
async function startRegistry() {
  let tarball = archive('hello');
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (request.url?.endsWith('.tgz')) return void response.end(tarball);
    if (decodeURIComponent(request.url ?? '') !== '/@odd/server')
      return void response.writeHead(404).end('{}');
    const dist = { tarball: `${origin()}/odd.tgz`, integrity };
    const versions = { '1.2.3': { ...manifest, hasInstallScript: true, dist } };
    response.end(JSON.stringify({ name: '@odd/server', 'dist-tags': { latest: '1.2.3' }, versions }));
  });
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: origin(),
    requests: () => requests,
    change: () => {
      tarball = archive('something else');
    },
  };
}

async function start() {
  const registry = await startRegistry();
  const home = await mkdtemp(join(tmpdir(), 'pai-packages-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const logs: string[] = [];
  const create = (cache: string) =>
    createPackages({
      home,
      namespace: 'default',
      agent: 'dev',
      log: (line) => void logs.push(line),
      ambient: {
        PATH: process.env['PATH'],
        HOME: home,
        npm_config_registry: registry.origin,
        npm_config_fetch_retries: '0',
        npm_config_cache: join(home, cache),
      },
    });
  const directory = join(home, 'packages/default/dev');
  const scripted = join(directory, 'node_modules/@odd/server/scripted');
  return { registry, directory, scripted, logs, create };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

describe("an Agent's packages", { timeout: 60_000 }, () => {
  test('are installed once, without their scripts, and held to the digest that they had', async () => {
    const { registry, directory, scripted, logs, create } = await start();
    const wanted = { npm: ['@odd/server@^1.0.0'] };
    const ready = create('first');
    expect(await Promise.all([ready(wanted), ready(wanted)])).toEqual([
      [join(directory, 'node_modules/.bin')],
      [join(directory, 'node_modules/.bin')],
    ]);
    expect(await readFile(join(directory, 'node_modules/.bin/odd-server'), 'utf8')).toContain('hello');
    expect(await exists(scripted)).toBe(false);
    const asked = registry.requests();
    await create('first')(wanted);
    expect(registry.requests()).toBe(asked);
    registry.change();
    await rm(join(directory, 'installed.json'));
    await expect(create('second')(wanted)).rejects.toMatchObject({
      code: 'program_unavailable',
      message: 'the packages of agent dev could not be installed; the log says why',
    });
    expect(logs.join('\n')).toMatch(/EINTEGRITY|integrity checksum failed/);
  });

  test('run the scripts that the Agent allows, and no others', async () => {
    const { scripted, create } = await start();
    await create('first')({ npm: ['@odd/server'], allowScripts: ['@odd/server'] });
    expect(await exists(scripted)).toBe(true);
  });

  test('that are not there are said not to be', async () => {
    const { logs, create } = await start();
    await expect(create('first')({ npm: ['@odd/missing'] })).rejects.toMatchObject({ status: 503 });
    expect(logs.join('\n')).toMatch(/packages of agent dev: npm install: .*404/);
  });
});

test.each([
  ['no packages', {}],
  ['a link', { 'node_modules/a': { link: true, resolved: '../a' } }],
  ['a repository', { 'node_modules/a': { resolved: 'git+ssh://git@github.com/a/a.git#1234' } }],
  [
    'another protocol',
    { 'node_modules/a': { resolved: 'http://registry.example/a.tgz', integrity: 'sha512-x' } },
  ],
  [
    'an archive from elsewhere',
    {
      'node_modules/a': {
        resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
        integrity: 'sha512-x',
        dependencies: { b: 'https://evil.example/b.tgz' },
      },
      'node_modules/b': { resolved: 'https://evil.example/b.tgz', integrity: 'sha512-x' },
    },
  ],
  ['no digest', { 'node_modules/a': { resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' } }],
])('a lockfile with %s is refused', (_title, entries) => {
  const packages = Object.keys(entries).length === 0 ? undefined : { '': {}, ...entries };
  expect(() => refuseUnverified(JSON.stringify({ lockfileVersion: 3, packages }))).toThrow();
});

test('a lockfile with other packages of the registry, under other names too, is taken', () => {
  const a = {
    resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
    integrity: 'sha512-x',
    dependencies: { b: '^1.0.0 || >2', c: 'npm:@d/c@1' },
  };
  expect(() => refuseUnverified(JSON.stringify({ packages: { '': {}, 'node_modules/a': a } }))).not.toThrow();
});

test.each([
  'git+https://x/y',
  'file:../x',
  'https://x/y.tgz',
  'a@npm:b',
  'owner/repo',
  '--flag',
  'a b',
  'A',
  '../x',
  'a@../x',
  'a@..',
  'a@.hidden',
  'a@there.tgz',
])('%s is no package of a registry', async (npm) => {
  const text = `apiVersion: pai.io/v1
kind: Agent
metadata: {name: dev}
spec: {packages: {npm: [${JSON.stringify(npm)}]}}
`;
  const read = readResources([{ file: 'agent.yaml', text }], { plugins: new Map() });
  await expect(read).rejects.toMatchObject({ code: 'config_invalid' });
});
