import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFileValues } from '../src/file-values.ts';
import { createSecretStore } from '../src/secrets.ts';
import { failureOf, temporaryHome } from './temporary-home.ts';

describe('a value in a file', () => {
  test.each([
    ['as it is', 'a.b.c', 'a.b.c'],
    ['without the newline at its end', 'a.b.c\n', 'a.b.c'],
    ['with the lines of a key', '-----BEGIN\nx\n', '-----BEGIN\nx'],
  ])('is read %s', async (_title, content, text) => {
    const path = join(dirname(await temporaryHome()), 'token');
    await writeFile(path, content);
    expect(await createFileValues().read(path)).toEqual({ text });
  });

  test.each([
    ['is not there', async () => {}, 'does not exist', 'secret_missing'],
    ['is a directory', (path: string) => mkdir(path), 'is not a regular file', 'secret_invalid'],
    [
      'is a pipe',
      async (path: string) => execFileSync('mkfifo', [path]),
      'is not a regular file',
      'secret_invalid',
    ],
    [
      'is a link to itself',
      (path: string) => symlink(path, path),
      'cannot be read (ELOOP)',
      'secret_invalid',
    ],
    ['is not text', (path: string) => writeFile(path, Buffer.from([0xff])), 'is not text', 'secret_invalid'],
    [
      'is too large',
      (path: string) => writeFile(path, 'x'.repeat(1_048_577)),
      'is larger than 1048576 bytes',
      'secret_invalid',
    ],
  ])('that %s is none, and the error says so', async (_title, lay, why, code) => {
    const path = join(dirname(await temporaryHome()), 'token');
    await lay(path);
    expect(await createFileValues().read(path)).toMatchObject({
      error: { code, message: expect.stringContaining(`the file ${path} ${why}`) },
    });
  });

  test('is named by an absolute path', async () => {
    expect(await createFileValues().read('token')).toMatchObject({ error: { code: 'secret_invalid' } });
  });

  test('has changed once for each change that was not read', async () => {
    const directory = dirname(await temporaryHome());
    const path = join(directory, 'token');
    const values = createFileValues();
    await values.read(path);
    expect(await values.hasChanged()).toBe(false);
    const changes = [
      () => writeFile(path, 'one'),
      () => writeFile(path, 'two'),
      async () => {
        await writeFile(join(directory, 'next'), 'two');
        await rename(join(directory, 'next'), path);
      },
      () => rm(path),
    ];
    for (const change of changes) {
      await change();
      expect(await values.hasChanged()).toBe(true);
      expect(await values.hasChanged()).toBe(false);
      await change().catch(() => {});
      await values.read(path);
      expect(await values.hasChanged()).toBe(false);
    }
  });
});

describe('a Secret with a value in a file', () => {
  test('gives what the file has when it is opened, and the same reader while nothing changes', async () => {
    const home = await temporaryHome();
    const path = join(dirname(home), 'projected');
    await writeFile(path, 'one\n');
    const store = createSecretStore(home);
    await store.put('default', 's', { role: 'r' }, { token: path });
    const first = await store.reader('default', 's');
    expect([first.read('token').reveal(), first.read('role').reveal()]).toEqual(['one', 'r']);
    expect(await store.reader('default', 's')).toBe(first);
    await writeFile(path, 'two\n');
    const second = await store.reader('default', 's');
    expect([first.read('token').reveal(), second.read('token').reveal()]).toEqual(['one', 'two']);
    expect(await store.list()).toEqual([{ namespace: 'default', name: 's', keys: ['role', 'token'] }]);
  });

  test('keeps a key in one place: where it was put last', async () => {
    const home = await temporaryHome();
    const path = join(dirname(home), 'projected');
    await writeFile(path, 'from the file');
    const store = createSecretStore(home);
    const value = async () => (await store.reader('default', 's')).read('token').reveal();
    await store.put('default', 's', { token: 'stored' });
    await store.put('default', 's', {}, { token: path });
    expect(await value()).toBe('from the file');
    await store.put('default', 's', { token: 'stored again' });
    expect(await value()).toBe('stored again');
    await store.put('default', 's', {}, { token: path });
    expect((await store.plan('default', 's', { token: 'from the file' })).change).toBe('configured');
  });

  test('says which key has no file, and gives the others', async () => {
    const home = await temporaryHome();
    const store = createSecretStore(home);
    await store.put('default', 's', { role: 'r' }, { token: join(home, 'gone') });
    const reader = await store.reader('default', 's');
    expect(reader.read('role').reveal()).toBe('r');
    const reading = Promise.resolve().then(() => reader.read('token'));
    expect(await failureOf(reading)).toMatchObject({
      code: 'secret_missing',
      message: `secret s/token is kept in a file, but the file ${join(home, 'gone')} does not exist; put it there`,
    });
  });
});

test('a home whose values are all in files of others needs no key', async () => {
  const home = await temporaryHome();
  const value = join(dirname(home), 'token');
  await writeFile(value, 'a-token');
  const lay = async (rest: string) => {
    const path = join(home, 'secrets/default/pat.yaml');
    await mkdir(dirname(path), { recursive: true });
    const head = 'apiVersion: pai.io/v1\nkind: Secret\nmetadata: {name: pat, namespace: default}\n';
    await writeFile(path, `${head}files: {token: ${value}}\n${rest}\n`);
  };
  await lay('encryptedData: {}');
  const store = createSecretStore(home);
  expect((await store.reader('default', 'pat')).read('token').reveal()).toBe('a-token');
  await lay('encryptedData: {other: "v1:AAAA"}');
  expect(await failureOf(store.reader('default', 'pat'))).toMatchObject({ code: 'secret_missing' });
});
