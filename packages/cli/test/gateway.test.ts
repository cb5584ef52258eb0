import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apiProvider, createDesk } from './pai.ts';

const outside = (name: string) => `${apiProvider(name)}  externalAccess: {enabled: true}\n`;

async function createKeyDesk() {
  const desk = await createDesk();
  const file = join(desk.directory, 'api.yaml');
  await writeFile(file, `${outside('api')}---\n${apiProvider('inside')}`);
  await desk.pai(['apply', '-f', file]);
  return desk;
}

describe('pai access-key', () => {
  test('create prints the key, once, and keeps its hash alone', async () => {
    const desk = await createKeyDesk();
    const words = [
      '--name',
      'laptop',
      '--provider',
      'api',
      '--expires',
      '30d',
      '--max-requests-per-day',
      '500',
    ];
    const { status, out, err } = await desk.pai(['access-key', 'create', ...words]);
    expect(status).toBe(0);
    expect(out).toMatch(/^pak_[A-Za-z0-9_-]{43}\n$/);
    expect(err).toBe('pai: access-key/laptop created; this is the only time that the key is shown\n');
    const stored = await readFile(join(desk.home, 'access-keys/default/laptop.yaml'), 'utf8');
    expect(stored).toMatch(/hash: sha256:[0-9a-f]{64}/);
    const listed = await desk.pai(['access-key', 'list']);
    expect(listed.out).toMatch(/^NAME +PROVIDERS +EXPIRES +A DAY\nlaptop +api +20\S+Z +500\n$/);
    expect((await desk.pai(['get', 'access-keys'])).out).toBe(listed.out);
    const shown = (await desk.pai(['get', 'access-keys', '-o', 'yaml'])).out;
    for (const text of [stored, listed.out, shown]) expect(text).not.toContain(out.trim().slice(4));
  });

  test.each([
    [
      'a name that is taken',
      ['--name', 'taken', '--provider', 'api'],
      2,
      'there is an access key called taken',
    ],
    ['a name that is none', ['--name', 'A B', '--provider', 'api'], 1, 'metadata.name'],
    ['no Provider', ['--name', 'a', '--provider', ','], 2, 'names no Provider'],
    [
      'a time that is over',
      ['--name', 'a', '--provider', 'api', '--expires', '2020-01-01T00:00:00Z'],
      2,
      'no time to come',
    ],
    [
      'a day that there is not',
      ['--name', 'a', '--provider', 'api', '--expires', '2099-02-30T00:00:00Z'],
      2,
      'no time to come',
    ],
    ['a time that is none', ['--name', 'a', '--provider', 'api', '--expires', 'soon'], 2, 'no time to come'],
    ['no number', ['--name', 'a', '--provider', 'api', '--max-requests-per-day', '0'], 2, 'is not a number'],
  ])('create refuses %s', async (_title, words, status, sentence) => {
    const desk = await createKeyDesk();
    await desk.pai(['access-key', 'create', '--name', 'taken', '--provider', 'api']);
    const got = await desk.pai(['access-key', 'create', ...words]);
    expect(got).toMatchObject({ status, out: '' });
    expect(got.err).toContain(sentence);
  });

  test('of two that make a key of one name at the same moment, one is refused', async () => {
    const desk = await createKeyDesk();
    const make = () => desk.pai(['access-key', 'create', '--name', 'same', '--provider', 'api']);
    const runs = await Promise.all([make(), make(), make()]);
    expect(runs.map(({ status }) => status).sort()).toEqual([0, 2, 2]);
    const stored = await readFile(join(desk.home, 'access-keys/default/same.yaml'), 'utf8');
    const key = runs.map(({ out }) => out.trim()).find((out) => out !== '') ?? '';
    expect(stored).toContain(createHash('sha256').update(key).digest('hex'));
  });

  test('the command that frees a name is for the namespace', async () => {
    const desk = await createKeyDesk();
    const words = ['--namespace', 'team', 'access-key', 'create', '--name', 'same', '--provider', 'api'];
    await desk.pai(words);
    expect((await desk.pai(words)).err).toContain('pai access-key revoke same --namespace team');
  });

  test('create warns of Providers that the key will not reach', async () => {
    const desk = await createKeyDesk();
    const { status, err } = await desk.pai([
      'access-key',
      'create',
      '--name',
      'a',
      '--provider',
      'inside,apo',
    ]);
    expect(status).toBe(0);
    expect(err).toContain('warning: inside cannot be reached through the gateway');
    expect(err).toContain('warning: there is no provider apo; did you mean api');
  });

  test('revoke removes it, and says what there is instead of one that is not there', async () => {
    const desk = await createKeyDesk();
    await desk.pai(['access-key', 'create', '--name', 'laptop', '--provider', 'api']);
    const missing = await desk.pai(['access-key', 'revoke', 'laptpo']);
    expect(missing.err).toContain(
      'access-key laptpo does not exist in namespace default; did you mean laptop',
    );
    expect((await desk.pai(['access-key', 'revoke', 'laptop'])).out).toBe('access-key/laptop revoked\n');
    expect((await desk.pai(['access-key', 'list'])).err).toBe(
      'pai: there are no access-keys in namespace default\n',
    );
  });

  test('a key is a resource like the others', async () => {
    const desk = await createKeyDesk();
    const file = join(desk.directory, 'key.yaml');
    const key = (hash: string) =>
      `apiVersion: pai.io/v1\nkind: AccessKey\nmetadata: {name: ci}\nspec: {hash: "${hash}", providers: [api, nope]}\n`;
    await writeFile(file, key(`sha256:${'a'.repeat(64)}`));
    const applied = await desk.pai(['apply', '-f', file]);
    expect(applied.out).toBe('access-key/ci created\n');
    expect(applied.err).toContain('provider nope does not exist yet');
    expect((await desk.pai(['delete', 'provider', 'api'])).err).toContain('access-key/ci still names it');
    expect((await desk.pai(['delete', 'access-key', 'ci'])).out).toBe('access-key/ci deleted\n');
    const inClear = `pak_${'Ab1-'.repeat(10)}xyz`;
    await writeFile(file, key(inClear));
    const { err } = await desk.pai(['apply', '-f', file]);
    expect(err).toContain('spec.hash');
    expect(err).not.toContain(inClear.slice(4, 20));
  });
});

test('pai gateway says what clients have to trust, when it is ready, and ends when it is told to', async () => {
  const desk = await createKeyDesk();
  await desk.pai(['add', 'secret', 'api-token', '--from-literal', 'token=canary-0123456789']);
  await desk.pai(['add', 'secret', 'inside-token', '--from-literal', 'token=canary-0123456789']);
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'gateway', '--listen', '127.0.0.1:0'], {
    env: { PAI_HOME: desk.home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let err = '';
  for await (const bytes of child.stderr) {
    err += bytes;
    if (err.includes('gateway ready')) child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  expect(err).toContain(`pai: clients have to trust ${join(desk.home, 'ca/ca.pem')}; name another`);
  expect(await readFile(join(desk.home, 'ca/ca.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
});

describe('pai gateway mcp', () => {
  test.each([
    ['claude', { type: 'http', headers: { Authorization: 'Bearer ${PAI_ACCESS_KEY}' } }],
    ['cline', { type: 'streamableHttp', headers: { Authorization: 'Bearer PUT-THE-ACCESS-KEY-HERE' } }],
    ['cursor', { headers: { Authorization: 'Bearer ${env:PAI_ACCESS_KEY}' } }],
  ])('prints what %s reads', async (client, server) => {
    const desk = await createDesk();
    const url = 'https://pai.example.com:8443/';
    const { out } = await desk.pai(['gateway', 'mcp', 'linear', '--client', client, '--url', url]);
    expect(JSON.parse(out)).toEqual({
      mcpServers: { linear: { url: 'https://pai.example.com:8443/ext/mcp/linear', ...server } },
    });
  });

  test('prints what VS Code reads, which asks for the key', async () => {
    const { out } = await (await createDesk()).pai(['gateway', 'mcp', '--client', 'vscode']);
    expect(JSON.parse(out)).toMatchObject({
      inputs: [{ id: 'pai-access-key', password: true }],
      servers: { pai: { type: 'http', url: 'https://localhost:8443/mcp' } },
    });
  });

  test('prints the stdio bridge for clients that know nothing else', async () => {
    const { out } = await (await createDesk()).pai(['gateway', 'mcp', 'linear', '--client', 'stdio']);
    expect(JSON.parse(out).mcpServers.linear).toMatchObject({ command: 'pai', args: ['mcp', 'linear'] });
  });

  test.each([
    ['http://pai.example.com', 'linear'],
    ['https://user@pai.example.com', 'linear'],
    ['https://pai.example.com', '../x'],
  ])('refuses %s and %s', async (url, name) => {
    const { status } = await (await createDesk()).pai(['gateway', 'mcp', name, '--url', url]);
    expect(status).toBe(2);
  });
});

test.each([
  [['gateway', '--tls-cert', 'x.pem'], 'give both --tls-cert and --tls-key'],
  [['gateway', '--listen', '0.0.0.0:0'], 'say with --host'],
  [['gateway', '--listen', 'x'], '--listen'],
  [['mcp'], 'say which Provider'],
  [['mcp', 'a', '--url', 'https://localhost:1'], 'set PAI_ACCESS_KEY'],
])('pai %j says what is missing', async (words, sentence) => {
  const { status, err } = await (await createDesk()).pai(words);
  expect(status).toBe(2);
  expect(err).toContain(sentence);
});

test('pai mcp wants a Provider of an MCP server', async () => {
  const desk = await createKeyDesk();
  await desk.pai(['add', 'secret', 'api-token', '--from-literal', 'token=canary-0123456789']);
  expect((await desk.pai(['mcp', 'api'])).err).toContain('api is no MCP server');
});
