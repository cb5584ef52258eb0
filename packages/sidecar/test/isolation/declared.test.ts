import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readPlugin, readProvider, readSpec } from '../../src/isolation/declared.ts';
import { schemaObstacle } from '../../src/isolation/schema-obstacle.ts';
import { loadEntry } from '../../src/third-party.ts';

// Processes are started, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const auth = `Type.Object({ type: Type.Literal('key', { description: 'A.' }), ...credentialFields }, { additionalProperties: false, description: 'B.' })`;

/** A package whose plugin and Provider differ from a good one by `plugin` and `provider`, in JavaScript. */
async function packageWith(plugin = '', provider = '', before = ''): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-plugin-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await symlink(join(import.meta.dirname, '../../node_modules'), join(directory, 'node_modules'));
  const manifest = {
    name: 'odd',
    version: '1.0.0',
    type: 'module',
    main: 'index.js',
    dependencies: { typebox: '*' },
  };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(directory, 'index.js'),
    `import { defineProvider } from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
${before}
export const odd = {
  apiVersion: 'v1',
  type: 'odd',
  spec: providerSpec({ type: 'odd', auth: ${auth} }),
  create: () => ({
    hosts: [{ host: 'api.odd.example' }],
    placeholders: { env: {} },
    credentialSlots: { headers: ['authorization'] },
    resolve: () => ({ actions: [{ name: 'read' }] }),
    scope: () => undefined,
    inject: () => undefined,
    ${provider}
  }),
  ${plugin}
};
`,
  );
  return directory;
}

const load = async (directory: string) => {
  const plugin = await loadEntry({ package: directory }, { home: '/nonexistent', log: () => undefined });
  if (!('prepare' in plugin)) throw new Error('the plugin is not isolated');
  const life = new AbortController();
  onTestFinished(() => life.abort());
  const prepared = await plugin.prepare({ type: 'odd', auth: { secretRef: 'a' } });
  const nothing = () => {
    throw new Error('nothing is read');
  };
  return prepared.open({
    name: 'odd',
    secrets: { read: nothing, derive: nothing },
    fetch: nothing,
    signal: life.signal,
    now: Date.now,
    log: () => undefined,
  });
};

const description = 'A.';
const closed = { additionalProperties: false, description } as const;
const good = {
  apiVersion: 'v1',
  type: 'odd',
  spec: providerSpec({ type: 'odd', auth: Type.Object({ secretRef: Type.String({ description }) }, closed) }),
  functions: [],
  obstacles: [],
};

describe('a plugin is not taken', () => {
  test.each<[string, object, string]>([
    ['of another plugin API', { apiVersion: 'v2' }, 'plugin odd wants plugin API "v2"; this is v1'],
    ['with a type that is none', { type: 'Odd One' }, 'the declaration does not fit plugin API v1'],
    [
      'with a schema of its own making',
      { spec: { type: 'object', properties: {} } },
      'is not what providerSpec',
    ],
    ['with a schema of another type', { type: 'even' }, 'is not what providerSpec'],
    [
      'that names the Secret itself',
      {
        spec: providerSpec({
          type: 'odd',
          auth: Type.Object({ secretRef: Type.String({ default: 'github-pat', description }) }, closed),
        }),
      },
      'default for which Secret is read',
    ],
    [
      'that names it through the whole of auth',
      {
        spec: providerSpec({
          type: 'odd',
          auth: Type.Object(
            { secretRef: Type.String({ description }) },
            { ...closed, default: { secretRef: 'a' } },
          ),
        }),
      },
      'default for which Secret is read',
    ],
    [
      'that takes unknown keys',
      { spec: providerSpec({ type: 'odd', config: Type.Object({}, { description }) }) },
      'spec.config takes unknown keys',
    ],
    [
      'without descriptions',
      { spec: providerSpec({ type: 'odd', config: Type.Object({ a: Type.String() }, closed) }) },
      'spec.config.a has no description',
    ],
    ['with more than is declared', { extra: true }, 'the declaration does not fit plugin API v1'],
    [
      'with what cannot cross',
      { obstacles: ['x'] },
      'cannot run in a process of its own: x; change it, or trust it',
    ],
  ])('%s', (_what, change, why) => {
    expect(() => readPlugin('odd', JSON.parse(JSON.stringify({ ...good, ...change })))).toThrow(why);
  });

  test('but is, when there is nothing wrong with it', () => {
    expect(readPlugin('odd', JSON.parse(JSON.stringify(good))).type).toBe('odd');
  });
});

describe('a Provider is not taken', () => {
  const provider = {
    hosts: [{ host: 'api.odd.example' }],
    env: {},
    slots: { headers: ['authorization'] },
    hasOpaquePaths: false,
    isScoped: false,
    functions: [],
    obstacles: [],
  };
  const of = { type: 'odd', schema: good.spec };
  const host = (of: string, rest: object = {}) => ({ hosts: [{ host: of, ...rest }] });

  test.each<[string, object, string]>([
    ['that claims the machine itself', host('localhost'), '"localhost", which is no name of a service'],
    ['that claims what is below it', host('**.localhost'), 'which is no name of a service'],
    ['that claims an address', host('169.254.169.254'), 'which is no name of a service'],
    [
      'that claims what the sidecar keeps for itself',
      host('a.mcp.pai.internal'),
      'which is no name of a service',
    ],
    ['that claims a whole top-level domain', host('**.com'), 'everything below a whole top-level domain'],
    ['that claims no host name', host('api example'), 'is not a host'],
    ['that claims one in another spelling', host('API.example.com'), 'not in its one spelling'],
    ['that claims nothing', { hosts: [] }, 'claims no host'],
    ['that answers in clear', host('a.example', { isAnswered: true }), 'only the sidecar itself may do'],
    [
      'that asks the metadata service',
      host('a.example', { isMetadata: true }),
      'only the sidecar itself may do',
    ],
    ['without slots', { slots: {} }, 'does not fit plugin API v1'],
    ['with an MCP server in clear', { mcp: { url: 'http://a.example', transport: 'http' } }, 'does not fit'],
  ])('%s', (_what, change, why) => {
    expect(() => readProvider('odd', { ...provider, ...change }, { ...of, spec: {} })).toThrow(why);
  });

  test.each<[string, object, string]>([
    ['by which Node loads code', { env: { NODE_OPTIONS: '--import=data:,' } }, '"NODE_OPTIONS"'],
    ['by which the linker loads code', { env: { LD_PRELOAD: '{{file:a}}' } }, '"LD_PRELOAD"'],
    ['of the sidecar', { env: { HTTPS_PROXY: 'http://a.example' } }, '"HTTPS_PROXY"'],
    [
      'of another service',
      { env: { ANTHROPIC_BASE_URL: 'https://api.odd.example' } },
      '"ANTHROPIC_BASE_URL"',
    ],
    ['that only seems its own', { env: { ODDLY_KEY: 'a' } }, '"ODDLY_KEY"'],
    ['that is none', { env: { 'ODD_A B': 'a' } }, '"ODD_A B"'],
  ])('that gives agents a variable %s', (_what, change, why) => {
    const read = () => readProvider('odd', { ...provider, ...change }, { ...of, spec: {} });
    expect(read).toThrow(why);
  });

  test('whose type is a way to every variable of a program', () => {
    const change = { env: { NODE_OPTIONS: '--import=data:,' } };
    const read = () => readProvider('odd', { ...provider, ...change }, { ...of, type: 'node-odd', spec: {} });
    expect(read).toThrow('"NODE_OPTIONS"');
  });

  test.each(['..', 'a/b', '', '.bashrc'])('that gives agents a file called %j', (file) => {
    const read = () => readProvider('odd', { ...provider, files: { [file]: '' } }, { ...of, spec: {} });
    expect(read).toThrow('give it a plain name');
  });

  test('but is with variables of its own, and with one that the user names', () => {
    const own = { ...provider, env: { ODD_TOKEN: 'a', THEIR_KEY: 'b' }, files: { 'odd.json': '{}' } };
    const spec = { auth: { agentEnvVar: 'THEIR_KEY' } };
    expect(readProvider('odd', own, { ...of, spec }).env).toEqual(own.env);
  });

  const isPrivateAt = (name: string, spec: object, schema: unknown = {}) => {
    const hosts = [{ host: name, isPrivateAllowed: true }];
    const given = { type: 'odd', schema, spec };
    const found = [
      readProvider('odd', { ...provider, hosts }, given).hosts[0]?.isPrivateAllowed,
      readSpec('odd', { tokenHosts: hosts }, given).tokenHosts?.[0]?.isPrivateAllowed,
    ];
    expect(found[0]).toBe(found[1]);
    return found[0];
  };

  test.each<[string, object, boolean]>([
    ['api.odd.example', { host: 'API.odd.example' }, true],
    ['api.odd.example', { config: { url: 'https://api.odd.example:8443/v1' } }, true],
    ['api.odd.example', { host: 'other.example' }, false],
    ['odd.example', { host: 'api.odd.example' }, false],
    ['vault', { auth: { type: 'key', secretRef: 'vault', secretKey: 'vault' } }, false],
    ['auth', { auth: { type: 'key' } }, false],
    ['db.internal', { policy: { deny: ['db.internal'] } }, false],
  ])('with the host %s as private as the user names it in %j', (name, spec, isPrivate) => {
    expect(isPrivateAt(name, spec)).toBe(isPrivate);
  });

  test('with a host that its own schema puts into every spec', () => {
    const schema = { properties: { config: { properties: { at: { default: 'db.internal' } } } } };
    expect(isPrivateAt('db.internal', { config: { at: 'db.internal' } }, schema)).toBe(false);
  });
});

describe('a package is not loaded', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'with two plugins',
      '',
      'export const other = { apiVersion: "v1", create() {} };',
      /exports 2 provider types/,
    ],
    ['that does not start', '', 'throw new Error("no");', /cannot be loaded; the log says why/],
    [
      'that judges content as it streams',
      'later: () => undefined,',
      '',
      /later judges content as it streams/,
    ],
    ['that keeps responses from agents', 'rejects: () => undefined,', '', /rejects judges every response/],
    ['that is a program', 'program: { command: ["x"], env: {}, maxProcesses: 1 },', '', /program is run by/],
    ['with hosts out of its Secret', 'tokenHosts: [{ host: "a.example" }],', '', /tokenHosts come from its/],
  ])('%s', async (_what, provider, before, why) => {
    await expect(load(await packageWith('', provider, before))).rejects.toThrow(why);
  });

  test('that people log in for', async () => {
    const directory = await packageWith('login: () => undefined,');
    await expect(load(directory)).rejects.toThrow('login is run by pai login');
  });

  test.each(['old.cjs', 'old/index.js'])('with CommonJS in it, and says so (%s)', async (file) => {
    const directory = await packageWith('', '', `import './${file}';`);
    await mkdir(join(directory, 'old'));
    await writeFile(join(directory, 'old/package.json'), '{}');
    await writeFile(join(directory, file), 'module.exports = 1;');
    const logs: string[] = [];
    const loading = loadEntry(
      { package: directory },
      { home: '/nonexistent', log: (line) => logs.push(line) },
    );
    await expect(loading).rejects.toThrow('cannot be loaded; the log says why');
    await expect.poll(() => logs.join('\n')).toContain(`${file} is CommonJS; plugins are ES modules`);
  });

  test('with a failure that speaks to terminals', async () => {
    const error =
      "Object.assign(new Error('a\\u001b[2J\\nb'), { name: 'PaiError', code: 'config_invalid', status: 500 })";
    const create = `create: () => { throw ${error}; },`;
    await expect(load(await packageWith(create))).rejects.toThrow(/^a \[2J b$/);
  });

  test('without a package.json, by a name that is none, or that is not installed', async () => {
    const of = (name: string) => loadEntry({ package: name }, { home: '/nonexistent', log: () => undefined });
    await expect(of('/nonexistent')).rejects.toThrow('there is no package at /nonexistent');
    await expect(of('../up')).rejects.toThrow('neither the name of an npm package nor an absolute path');
    await expect(of('pai-nowhere')).rejects.toThrow('is not installed; run: pai plugins add pai-nowhere');
  });

  test('in another version than the one that is pinned', async () => {
    const directory = await packageWith();
    const entry = { package: directory, version: '1.0.1' };
    await expect(loadEntry(entry, { home: '/nonexistent', log: () => undefined })).rejects.toThrow(
      'is here in version "1.0.0", and pinned to 1.0.1',
    );
  });

  test('with another type than the configuration says', async () => {
    const entry = { package: await packageWith(), type: 'even' };
    await expect(loadEntry(entry, { home: '/nonexistent', log: () => undefined })).rejects.toThrow(
      'has the provider type odd, and the configuration says even',
    );
  });
});

test('a good package is loaded', async () => {
  const { hosts } = await load(await packageWith());
  expect(hosts).toEqual([{ host: 'api.odd.example' }]);
});

describe('a schema has to be quick', () => {
  const withPattern = (pattern: string) =>
    schemaObstacle('odd', JSON.parse(JSON.stringify(oddSpec(pattern))) as object);

  test.each(['^(a+)+$', '^(a|a)*$', '(x*)*y', '([a-z]+\\.)+$', '(?:a{1,9}){30,}', '(a)\\1', '(?<=a+)b', '['])(
    'refuses %s',
    (pattern) => expect(withPattern(pattern)).toContain('take for ever'),
  );

  test.each(['^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$', '^https://', '^(?:a|b)$', '\\(a+\\)+', '[(+]*'])(
    'takes %s',
    (pattern) => expect(withPattern(pattern)).toBeUndefined(),
  );
});

function oddSpec(pattern: string): object {
  return providerSpec({
    type: 'odd',
    config: Type.Object(
      { a: Type.String({ pattern, description }) },
      { additionalProperties: false, description },
    ),
  });
}
