import { PaiError, Secret } from '@pai/core';
import { testProvider } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { mcp } from '../src/index.ts';
import { programKeys } from '../src/program.ts';
import type { McpSpec } from '../src/schema.ts';
import { call } from './mcp.ts';

type Parts = McpSpec['mcp'];
const auth = { type: 'api-key', secretRef: 's' } as const;
const create = (parts: Partial<Parts>, more: Partial<McpSpec> = {}) =>
  mcp.create(
    { type: 'mcp', mcp: { transport: 'stdio', command: ['server'], ...parts }, ...more },
    {
      name: 'files',
      secrets: {
        read: (key, options) => new Secret(`s/${key}`, 'canary-key\n0123456789', options),
        derive: (name, value) => new Secret(name, value),
      },
      signal: new AbortController().signal,
      fetch,
      now: Date.now,
      log: () => {},
    },
  );

const url = 'https://conformance.mcp.pai.internal/mcp';
describe('keeps the contract', () => {
  testProvider(test, {
    plugin: mcp,
    spec: { type: 'mcp', mcp: { transport: 'stdio', command: ['server'] }, policy: {} },
    secrets: {},
    samples: [
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(call('list_issues')),
        actions: ['list_issues'],
      },
      { url, actions: ['transport/listen'] },
    ],
  });
});

test('a program is described, and not started; its credential is not shown', () => {
  const provider = create(
    { command: ['server', '--flag', ''], env: { LEVEL: 'warn' }, secretEnv: { KEY: 'token' } },
    { auth },
  );
  expect(provider.program?.command).toEqual(['server', '--flag', '']);
  expect(provider.program?.maxProcesses).toBe(32);
  expect(JSON.stringify(provider.program)).toContain('"env":{"LEVEL":"warn","KEY":"[secret s/token]"}');
  expect(provider.hosts).toMatchObject([{ host: 'files.mcp.pai.internal' }]);
  expect(provider.mcp).toEqual({ url: 'https://files.mcp.pai.internal/mcp', transport: 'http' });
});

test('a request gets no credential', async () => {
  const provider = create({ secretEnv: { KEY: 'token' } }, { auth });
  const headers: string[] = [];
  await provider.inject({ headers } as never);
  expect(headers).toEqual(['accept-encoding', 'identity']);
});

test.each<[Partial<Parts> | undefined, Partial<McpSpec>, string]>([
  [{ command: undefined } as never, {}, 'mcp.command: it is missing; write command: [PROGRAM, ARGUMENT…]'],
  [{ command: [''] }, {}, 'mcp.command[0]: it is "", which is neither a name nor an absolute path'],
  [{ command: ['./server'] }, {}, 'write the name of a program in PATH, or an absolute path'],
  [{ command: ['..\\server'] }, {}, 'neither a name nor an absolute path'],
  [{ command: ['server', 'a\0b'] }, {}, 'mcp.command[1]: it has a NUL'],
  [{ url: 'https://x' }, {}, 'mcp.url: it is for a server that is somewhere else; leave it out with stdio'],
  [{ transport: 'http', url: 'https://x/' }, {}, 'mcp.command: it is for a program that the sidecar runs'],
  [{ env: { 'A-B': 'x' } }, {}, 'mcp.env: it has "A-B", which is no name of a variable'],
  [{ env: { A: '\0' } }, {}, 'mcp.env.A: it has a NUL'],
  [{ secretEnv: { '1': 'x' } }, { auth }, 'mcp.secretEnv: it has "1", which is no name of a variable'],
  [
    { env: { A: 'x' }, secretEnv: { A: 'y' } },
    { auth },
    'mcp.secretEnv.A: it is in env too; keep one of them',
  ],
  [{ secretEnv: { A: 'y' } }, {}, 'mcp.secretEnv: it names keys of no Secret'],
  [{}, { auth }, 'auth: a program takes no credential on its requests'],
  [{ secretEnv: { A: 'y' } }, { auth: { ...auth, header: 'X' } }, 'auth.header: it is for servers over HTTP'],
])('%j with %j is refused', (parts, more, why) => {
  expect(() => create(parts ?? {}, more)).toThrow(why);
  expect(() => create(parts ?? {}, more)).toThrow(PaiError);
});

test('the Secret has the keys that the program gets', () => {
  const spec = (parts: Partial<Parts>): McpSpec => ({ type: 'mcp', auth, mcp: parts });
  expect(programKeys(spec({ secretEnv: { A: 'one', B: 'two', C: 'one' } }))).toEqual([
    { key: 'one' },
    { key: 'two' },
  ]);
  expect(programKeys(spec({ url: 'https://x/' }))).toEqual([{ key: 'token' }]);
});
