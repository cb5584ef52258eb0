import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecretStore } from '@pai/sidecar';
import { expect, test } from 'vitest';
import { createDesk } from './pai.ts';

async function reveal(home: string, key: string): Promise<string> {
  return (await createSecretStore(home).reader('default', 's')).read(key, { multiline: true }).reveal();
}

test('adds a secret, replaces the keys that are given and keeps the others', async () => {
  const { pai, home } = await createDesk();
  const add = (...values: string[]) =>
    pai(['add', 'secret', 's', ...values.flatMap((value) => ['--from-literal', value])]);
  expect(await add('token=one', 'other=two=2')).toEqual({ status: 0, out: 'secret/s created\n', err: '' });
  expect(await add('token=three')).toEqual({ status: 0, out: 'secret/s updated\n', err: '' });
  expect([await reveal(home, 'token'), await reveal(home, 'other')]).toEqual(['three', 'two=2']);
});

test.each([
  ['one newline at the end', 'ghp_x\n', 'ghp_x'],
  ['a Windows newline at the end', 'ghp_x\r\n', 'ghp_x'],
  ['a PEM', '-----BEGIN KEY-----\nx\n-----END KEY-----\n', '-----BEGIN KEY-----\nx\n-----END KEY-----'],
  ['two newlines at the end', 'x\n\n', 'x\n'],
])('takes from a file %s', async (_title, content, value) => {
  const { pai, home, directory } = await createDesk();
  await writeFile(join(directory, 'token.txt'), content);
  const { status } = await pai([
    'add',
    'secret',
    's',
    '--from-file',
    `token=${join(directory, 'token.txt')}`,
  ]);
  expect(status).toBe(0);
  expect(await reveal(home, 'token')).toBe(value);
});

test('takes the name of the file for the key when none is given, and standard input', async () => {
  const { pai, home, directory } = await createDesk();
  await writeFile(join(directory, 'key.json'), '{}');
  const files = ['--from-file', join(directory, 'key.json'), '--from-file', 'token=-'];
  expect((await pai(['add', 'secret', 's', ...files], 'from stdin\n')).status).toBe(0);
  expect([await reveal(home, 'key.json'), await reveal(home, 'token')]).toEqual(['{}', 'from stdin']);
});

test('takes the path of a file that keeps the value, and reads it when the value is used', async () => {
  const { pai, home, directory } = await createDesk();
  const path = join(directory, 'projected');
  const { status } = await pai(['add', 'secret', 's', '--from-path', `token=${path}`]);
  expect(status).toBe(0);
  await writeFile(path, 'laid later\n');
  expect(await reveal(home, 'token')).toBe('laid later');
  const shown = await pai(['get', 'secret', 's', '--output', 'yaml']);
  expect(shown.out).toContain('token');
  expect(shown.out).not.toContain('laid later');
});

test('takes every line of an env file', async () => {
  const { pai, home, directory } = await createDesk();
  const path = join(directory, '.env');
  await writeFile(path, '# a comment\n\nTOKEN=one\nexport ID="two words"\r\nLAST=a=b\n');
  expect((await pai(['add', 'secret', 's', '--from-env-file', path])).status).toBe(0);
  const values = ['TOKEN', 'ID', 'LAST'].map((key) => reveal(home, key));
  expect(await Promise.all(values)).toEqual(['one', 'two words', 'a=b']);
});

test.each([
  [
    'an empty value',
    ['--from-literal', 'token='],
    'secret s/token is empty; give it a value (secret_invalid)',
  ],
  [
    'a newline',
    ['--from-literal', 'token=ghp_Canary\n'],
    'secret s/token contains a line break; store the credential alone, without a newline at its end (secret_invalid)',
  ],
  [
    'a carriage return',
    ['--from-literal', 'token=ghp_Canary\rX: y'],
    'secret s/token contains a line break; store the credential alone, without a newline at its end (secret_invalid)',
  ],
  [
    'characters beyond ASCII',
    ['--from-literal', 'token=Canary-ü'],
    'secret s/token contains characters that no HTTP header can carry; use printable ASCII (secret_invalid)',
  ],
  [
    'a bad key',
    ['--from-literal', 'to ken=Canary'],
    'secret s has a key that is not letters, digits, dots, dashes and underscores; rename that key (secret_invalid)',
  ],
  [
    'one key twice',
    ['--from-literal', 'a=Canary', '--from-literal', 'a=Canary'],
    'secret s was given the key a twice; give it once (usage)',
  ],
  [
    'a file that is not there',
    ['--from-file', 'token=/no/such/file'],
    '/no/such/file does not exist; check the path (secret_invalid)',
  ],
])('refuses %s and stores nothing', async (_title, args, sentence) => {
  const { pai, home } = await createDesk();
  const { status, out, err } = await pai(['add', 'secret', 's', '--from-literal', 'good=x', ...args]);
  expect([status, out, err]).toEqual([sentence.endsWith('(usage)') ? 2 : 1, '', `pai: ${sentence}\n`]);
  expect(await createSecretStore(home).list()).toEqual([]);
});

test('names the line of an env file that is none', async () => {
  const { pai, directory } = await createDesk();
  const path = join(directory, '.env');
  await writeFile(path, 'A=1\nghp_Canary\n');
  const { status, err } = await pai(['add', 'secret', 's', '--from-env-file', path]);
  expect([status, err]).toEqual([
    1,
    `pai: ${path}:2: the line is not KEY=VALUE; correct it (config_invalid)\n`,
  ]);
});

test('refuses a file of bytes and a name that leads elsewhere', async () => {
  const { pai, directory } = await createDesk();
  await writeFile(join(directory, 'bytes'), Buffer.from([0xff, 0x00, 0xfe]));
  const bytes = await pai(['add', 'secret', 's', '--from-file', `token=${join(directory, 'bytes')}`]);
  expect(bytes.err).toContain('is not text (UTF-8)');
  const away = await pai(['add', 'secret', '../s', '--from-literal', 'token=x']);
  expect(away).toMatchObject({ status: 1, err: expect.stringContaining('"../s" is not a name') });
});
