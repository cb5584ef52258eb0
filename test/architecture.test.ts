import { expect, test } from 'vitest';
import { sources } from './sources.ts';

/** Who may import whom. Arrows point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  policy: ['@pai/core'],
  provider: ['@pai/core', '@pai/policy'],
  sidecar: ['@pai/core', '@pai/policy'],
  cli: ['@pai/core', '@pai/core/conformance', '@pai/policy', '@pai/sidecar'],
  'create-pai-provider': [],
};

/** What core, policy and providers may use of Node: nothing that reaches outside the process. */
const pureModules = ['node:assert/strict', 'node:crypto', 'node:stream', 'node:util', 'node:zlib'];

/** What agents connect with, in their own process, and no plugin imports. */
const isClient = (path: string) => path.startsWith('packages/provider-mcp/src/tools/');
const clientModules = ['@modelcontextprotocol/client', 'node:timers/promises'];

const layerOf = (owner: string) => (owner.startsWith('provider-') ? 'provider' : owner);
const isPure = (owner: string) => ['core', 'policy', 'provider'].includes(layerOf(owner));
const isPlugin = (name: string) => name.startsWith('@pai/provider-');

test('every package imports only the packages below it', () => {
  const wrong = sources.flatMap(({ path, owner, imports }) =>
    imports
      .filter((name) => name.startsWith('@pai/') && path !== 'packages/sidecar/src/plugins.ts')
      .filter((name) => !(allowed[layerOf(owner)] ?? []).includes(name))
      .map((name) => `${path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('no package reaches into another by a path', () => {
  const wrong = sources.filter(({ path, imports }) =>
    imports.some((name) => {
      const [, , ...inside] = path.split('/').slice(1, -1);
      const up = name.match(/\.\.\//g) ?? [];
      return name.startsWith('.') && up.length > inside.length;
    }),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('core, policy and providers have no sockets, files or processes, and parse no YAML', () => {
  const wrong = sources.flatMap(({ path, owner, imports }) =>
    imports
      .filter((name) => isPure(owner) && !name.startsWith('.') && !name.startsWith('@pai/'))
      .filter(
        (name) => !pureModules.includes(name) && !/^(?:typebox|graphql|jose|oauth4webapi)(?:\/|$)/.test(name),
      )
      .filter((name) => !isClient(path) || !clientModules.includes(name))
      .map((name) => `${path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('one file names the built-in providers', () => {
  const naming = sources.filter(({ imports }) => imports.some(isPlugin));
  expect(naming.map(({ path }) => path)).toEqual(['packages/sidecar/src/plugins.ts']);
});

test('the sources that are judged are there', () => {
  const owners = new Set(sources.map(({ owner }) => layerOf(owner)));
  expect([...owners].sort()).toEqual(Object.keys(allowed).sort());
  expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
});
