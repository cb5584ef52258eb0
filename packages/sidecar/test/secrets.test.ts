import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resourcePath } from '../src/home.ts';
import { readResources } from '../src/resources.ts';
import { checkSecretValue } from '../src/secret-value.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources, deleteResource } from '../src/state.ts';
import { createVault, readOrCreateKey } from '../src/vault.ts';
import { demoPlugins } from './demo-plugin.ts';
import { failureOf, temporaryHome } from './temporary-home.ts';

const canary = 'ghp_CanaryCanaryCanary0123456789';

function pathOf(home: string, name: string): string {
  return resourcePath(home, { kind: 'Secret', namespace: 'default', name });
}

async function reveal(home: string, name: string, key: string): Promise<string> {
  return (await createSecretStore(home).reader('default', name)).read(key).reveal();
}

describe('the secret store', () => {
  test('gives back what was put, adds keys and replaces keys', async () => {
    const home = await temporaryHome();
    const store = createSecretStore(home);
    expect(await store.put('default', 'pat', { token: 'one', other: 'two' })).toBe('created');
    expect(await store.put('default', 'pat', { token: 'three', more: 'four' })).toBe('updated');
    expect(await reveal(home, 'pat', 'token')).toBe('three');
    expect(await reveal(home, 'pat', 'other')).toBe('two');
    expect(await store.list()).toEqual([
      { namespace: 'default', name: 'pat', keys: ['more', 'other', 'token'] },
    ]);
  });

  test('gives a reader that stays as it was', async () => {
    const home = await temporaryHome();
    const store = createSecretStore(home);
    await store.put('default', 'pat', { token: 'one' });
    const reader = await store.reader('default', 'pat');
    await store.put('default', 'pat', { token: 'two' });
    expect(reader.read('token').reveal()).toBe('one');
  });

  test('keeps a value in no file in any readable form', async () => {
    const home = await temporaryHome();
    await createSecretStore(home).put('default', 'pat', { token: canary });
    const text = `apiVersion: pai.io/v1\nkind: Secret\nmetadata: {name: applied}\nstringData: {token: ${canary}}\n`;
    await applyResources(home, await readResources([{ file: 'f', text }], { plugins: demoPlugins }));
    expect(await reveal(home, 'applied', 'token')).toBe(canary);
    const names = await readdir(home, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files).toHaveLength(5);
    for (const file of files) {
      const content = await readFile(file);
      const forms = [
        content.toString('latin1'),
        Buffer.from(content.toString(), 'base64').toString('latin1'),
      ];
      const bare = canary.slice(4, 16);
      for (const needle of [
        bare,
        encode(bare, 'hex'),
        encode(canary, 'base64').slice(0, 12),
        encode(bare, 'base64url'),
      ]) {
        for (const form of forms) expect(form.toLowerCase()).not.toContain(needle.toLowerCase());
      }
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  test('says that an applied Secret is unchanged only when it is', async () => {
    const home = await temporaryHome();
    const apply = async (data: string) => {
      const text = `apiVersion: pai.io/v1\nkind: Secret\nmetadata: {name: s}\nstringData: ${data}\n`;
      const resources = await readResources([{ file: 'f', text }], { plugins: demoPlugins });
      return (await applyResources(home, resources)).map(({ change }) => change);
    };
    expect(await apply('{a: one, b: two}')).toEqual(['created']);
    expect(await apply('{b: two, a: one}')).toEqual(['unchanged']);
    expect(await apply('{a: one}')).toEqual(['configured']);
    expect(await apply('{a: two}')).toEqual(['configured']);
    expect((await createSecretStore(home).list())[0]?.keys).toEqual(['a']);
  });

  test('names the command that adds what is missing', async () => {
    const home = await temporaryHome();
    expect(await failureOf(createSecretStore(home).reader('default', 'pat'))).toMatchObject({
      code: 'secret_missing',
      message: 'secret pat does not exist; run: pai add secret pat --from-literal token=…',
    });
    const keys = [{ key: 'client_id' }, { key: 'key.pem', isFile: true }] as const;
    expect(await failureOf(createSecretStore(home).reader('default', 'app', keys))).toMatchObject({
      message:
        'secret app does not exist; run: pai add secret app --from-literal client_id=… --from-file key.pem=PATH',
    });
    await createSecretStore(home).put('team', 'pat', { token: 'x' });
    const reader = await createSecretStore(home).reader('team', 'pat');
    expect(() => reader.read('key.json')).toThrow(
      'secret pat has no key key.json; run: pai add secret pat --from-literal key.json=… --namespace team',
    );
    expect(() => reader.read('key.json', { multiline: true })).toThrow(
      'secret pat has no key key.json; run: pai add secret pat --from-file key.json=PATH --namespace team',
    );
    expect(() => reader.read('__proto__')).toThrow('has no key');
  });

  test('refuses a line break when the Provider reads one line', async () => {
    const home = await temporaryHome();
    await createSecretStore(home).put('default', 'pem', { key: '-----BEGIN\nx' });
    const reader = await createSecretStore(home).reader('default', 'pem');
    expect(reader.read('key', { multiline: true }).reveal()).toBe('-----BEGIN\nx');
    expect(() => reader.read('key')).toThrow('secret pem/key contains a line break');
  });
});

describe('a renewal', () => {
  const stored = { access_token: 'first', token: 'key-of-another' };

  async function open() {
    const home = await temporaryHome();
    const store = createSecretStore(home);
    await store.put('default', 's', stored);
    const reader = () => store.reader('default', 's');
    const opened = await reader();
    const renew = async (meanwhile: () => Promise<unknown> = async () => undefined) =>
      opened.renew?.(async () => {
        await meanwhile();
        return { access_token: 'second' };
      });
    return { home, store, opened, reader, renew };
  }

  test('leaves the reader, however often it comes', async () => {
    const { opened, reader, renew } = await open();
    for (let times = 0; times < 3; times += 1) await renew();
    expect(await reader()).toBe(opened);
    expect(opened.read('access_token').reveal()).toBe('second');
  });

  test('does not bring a Secret back that was deleted while it was under way', async () => {
    const { home, store, renew } = await open();
    const id = { kind: 'Secret', namespace: 'default', name: 's' } as const;
    const failure = await failureOf(renew(() => deleteResource(home, id)));
    expect(failure).toMatchObject({ code: 'secret_missing' });
    expect((await store.look('default', 's'))('access_token')).toBeUndefined();
  });

  test.each(['before', 'during'])('hides nothing that somebody else changed %s it', async (when) => {
    const { home, opened, reader, renew } = await open();
    const change = () => createSecretStore(home).put('default', 's', { token: 'another-key' });
    if (when === 'before') await change();
    await renew(when === 'during' ? change : undefined);
    const next = await reader();
    expect(next).not.toBe(opened);
    expect([next.read('token').reveal(), next.read('access_token').reveal()]).toEqual([
      'another-key',
      'second',
    ]);
  });
});

test('a renewal that changes nothing hides no change of a file with a value', async () => {
  const home = await temporaryHome();
  const store = createSecretStore(home);
  await mkdir(home, { recursive: true });
  const file = join(home, 'projected');
  await writeFile(file, 'one');
  await store.put('default', 's', {}, { token: file });
  const { renew } = await store.reader('default', 's');
  expect(await store.hasChanged()).toBe(false);
  await writeFile(file, 'another');
  await renew?.(async (look) => {
    expect(look('token')?.reveal()).toBe('another');
    return {};
  });
  expect(await store.hasChanged()).toBe(true);
});

describe('a damaged store', () => {
  async function stored(): Promise<string> {
    const home = await temporaryHome();
    await createSecretStore(home).put('default', 'pat', { token: canary, other: 'x' });
    await createSecretStore(home).put('default', 'pat-2', { token: 'y' });
    return home;
  }

  test('opens no value that was moved to another key or another Secret', async () => {
    const home = await stored();
    const text = await readFile(pathOf(home, 'pat'), 'utf8');
    await writeFile(pathOf(home, 'pat-2'), text.replace('name: pat', 'name: pat-2'));
    await expect(reveal(home, 'pat-2', 'token')).rejects.toMatchObject({ code: 'state_corrupt' });
    const [, token = '', other = ''] = /token: (\S+)\n {2}other: (\S+)/.exec(text) ?? [];
    await writeFile(pathOf(home, 'pat'), text.replace(token, other));
    await expect(reveal(home, 'pat', 'token')).rejects.toThrow(
      'secret pat, key token was changed, or was sealed with another secret.key; restore it, or run: pai add secret pat --from-literal token=…',
    );
  });

  test.each([
    ['cut', (text: string) => text.slice(0, 70)],
    ['emptied', () => ''],
    ['given a bad value', (text: string) => text.replace(/v1:\S+/, 'v1:AAAA')],
    ['given a value of another version', (text: string) => text.replaceAll('v1:', 'v2:')],
    ['given a value in clear', (text: string) => text.replace(/v1:\S+/, canary)],
    ['given an unknown key', (text: string) => `${text}data: {}\n`],
  ])('fails with its place and a remedy when a file was %s', async (_title, damage) => {
    const home = await stored();
    const path = pathOf(home, 'pat');
    await writeFile(path, damage(await readFile(path, 'utf8')));
    const failure = await failureOf(reveal(home, 'pat', 'token'));
    expect(failure.code).toBe('state_corrupt');
    expect(failure.message).toMatch(/secret pat/);
    expect(failure.message).not.toContain(canary);
    expect(await reveal(home, 'pat-2', 'token')).toBe('y');
  });

  test('lists the Secrets that can be read beside one that cannot', async () => {
    const home = await stored();
    await writeFile(pathOf(home, 'pat'), 'x: [');
    expect(await createSecretStore(home).list()).toMatchObject([
      { name: 'pat', keys: [], problem: { code: 'state_corrupt' } },
      { name: 'pat-2', keys: ['token'] },
    ]);
  });

  test.each([
    ['missing', 'secret_missing', undefined, 'is missing, and no stored secret can be read without it'],
    ['no key', 'state_corrupt', 'hello', 'is not a key (64 hexadecimal digits)'],
    ['another key', 'state_corrupt', '00'.repeat(32), 'was sealed with another secret.key'],
  ])('says so when the key file is %s', async (_title, code, content, message) => {
    const home = await stored();
    const { rm } = await import('node:fs/promises');
    if (content === undefined) await rm(join(home, 'secret.key'));
    else await writeFile(join(home, 'secret.key'), content);
    const failure = await failureOf(reveal(home, 'pat', 'token'));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
  });

  test('refuses a key file that others can read', async () => {
    const home = await stored();
    await chmod(join(home, 'secret.key'), 0o644);
    const failure = await failureOf(reveal(home, 'pat', 'token'));
    expect(failure.message).toMatch(/can be read by other users; run: chmod 600 .*secret\.key$/);
  });

  test('does not replace a lost key while a Secret still needs it', async () => {
    const home = await stored();
    const { rm } = await import('node:fs/promises');
    await rm(join(home, 'secret.key'));
    const failure = await failureOf(createSecretStore(home).put('default', 'pat', { token: 'z' }));
    expect(failure.code).toBe('secret_missing');
  });
});

test('makes a key for the first value, and none for the paths of files', async () => {
  const home = await temporaryHome();
  const store = createSecretStore(home);
  const file = join(home, '..', 'token');
  await writeFile(file, 'projected-token');
  expect(await store.put('default', 'pat', {}, { token: file })).toBe('created');
  expect(await store.put('default', 'pat', {}, { other: file })).toBe('updated');
  expect((await readdir(home)).sort()).toEqual(['secrets']);
  expect((await store.reader('default', 'pat')).read('token').reveal()).toBe('projected-token');

  expect(await store.put('default', 'pat', { stored: 'stored-token' })).toBe('updated');
  expect((await readdir(home)).sort()).toEqual(['compiled', 'secret.key', 'secrets']);
  const secret = await createSecretStore(home).reader('default', 'pat');
  expect([secret.read('other').reveal(), secret.read('stored').reveal()]).toEqual([
    'projected-token',
    'stored-token',
  ]);
});

test('gives one key to all that ask for it first', async () => {
  const home = await temporaryHome();
  const keys = await Promise.all(Array.from({ length: 20 }, () => readOrCreateKey(home)));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  expect(await readdir(home)).toEqual(['secret.key']);
  expect((await stat(join(home, 'secret.key'))).mode & 0o777).toBe(0o600);
});

test('opens what it sealed, where it sealed it, and nothing that differs in one bit', () => {
  const vault = createVault(new Uint8Array(32).fill(7));
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, text, text, fc.nat(), (namespace, name, key, value, at) => {
      const place = { namespace, name, key };
      const sealed = vault.seal(place, value);
      expect(vault.open(place, sealed)).toBe(value);
      expect(vault.seal(place, value)).not.toBe(sealed);
      expect(() => vault.open({ ...place, name: `${name}x` }, sealed)).toThrow('was changed');
      const bytes = Buffer.from(sealed.slice(3), 'base64');
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (at % 8));
      expect(() => vault.open(place, `v1:${bytes.toString('base64')}`)).toThrow('was changed');
    }),
    { numRuns: 200 },
  );
});

describe('a value', () => {
  test.each([
    ['token', 'ghp_x', false, undefined],
    ['key', '-----BEGIN RSA PRIVATE KEY-----\nx\n', false, undefined],
    ['key.json', '{\n  "a": 1\n}', false, undefined],
    ['netrc', 'machine a\nlogin b', true, undefined],
    ['token', '', false, 'secret s/token is empty'],
    ['token', ' \n', true, 'secret s/token is empty'],
    ['token', 'ghp_x\n', false, 'secret s/token contains a line break'],
    ['token', 'ghp_x\rX: y', false, 'secret s/token contains a line break'],
    ['token', 'a\0b', true, 'secret s/token contains a NUL byte'],
    ['token', 'naïve', false, 'secret s/token contains characters that no HTTP header can carry'],
    ['to ken', 'x', false, 'secret s has a key that is not letters'],
    ['a\nb', 'x', false, 'secret s has a key that is not letters'],
  ])('under %j of %j, a whole file: %s, is refused with %j', (key, value, isMultiline, message) => {
    const check = () => checkSecretValue('s', key, value, isMultiline);
    if (message === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'secret_invalid' }));
    if (message !== undefined) expect(check).toThrow(message);
  });
});

function encode(text: string, encoding: BufferEncoding): string {
  return Buffer.from(text).toString(encoding);
}
