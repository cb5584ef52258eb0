import { chmod, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { compiledPath, createCompiledFiles } from '../src/compiled-file.ts';
import type { ResourceId } from '../src/config.ts';
import { readDocuments } from '../src/documents.ts';
import { resourcePath } from '../src/home.ts';
import { createStateReader, loadState } from '../src/load-state.ts';
import type { ValuePath } from '../src/problems.ts';
import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources, deleteResource } from '../src/state.ts';
import { demoPlugins, demoProvider } from './demo-plugin.ts';
import { temporaryHome } from './temporary-home.ts';

const provider = (name: string) => ({ kind: 'Provider', namespace: 'default', name }) as const;
const secret: ResourceId = { kind: 'Secret', namespace: 'default', name: 's' };

async function apply(home: string, text: string) {
  return applyResources(home, await readResources([{ file: 'f.yaml', text }], { plugins: demoPlugins }));
}

async function createHome() {
  const home = await temporaryHome();
  await createSecretStore(home).put('default', 's', { token: 'canary-0123456789' });
  await apply(home, `${demoProvider('a')}---\n${demoProvider('b')}`);
  const path = resourcePath(home, provider('a'));
  return { home, path, compiled: compiledPath(home, path) };
}

const logs = async (home: string) =>
  (await loadState(home, demoPlugins)).providers.map(({ name, spec }) => [name, spec.audit?.logRequests]);

describe('compiled files', () => {
  test('are read in place of the YAML, with the same result', async () => {
    const { home, path, compiled } = await createHome();
    const text = await readFile(path, 'utf8');
    expect((await stat(compiled)).mode & 0o777).toBe(0o600);
    const key = Buffer.from((await readFile(`${home}/secret.key`, 'utf8')).trim(), 'hex');
    const files = createCompiledFiles(home, key);
    const form = await readFile(compiled, 'utf8');
    const [document] = (await files.read(path, text, form)).documents;
    const [expected] = readDocuments(path, text).documents;
    expect({ ...document, placeOf: undefined }).toEqual({ ...expected, placeOf: undefined });
    const [change] = await files.changeFor(path, text);
    expect(change).toEqual({ path: compiled, content: form });
  });

  test('say where everything stands, as the YAML does', async () => {
    const home = await temporaryHome();
    const files = createCompiledFiles(home, Buffer.alloc(32, 1));
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.constantFrom(0, 1.5, true, null, '__proto__', 'constructor'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 3 }),
      ),
    }));
    const asked = fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.nat(3)), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ maxLength: 5 }), tree.value, { minKeys: 1 }),
        asked,
        async (value, path) => {
          const text = stringify(value);
          const [expected, ...others] = readDocuments('f', text).documents;
          const [change] = await files.changeFor('f', text);
          if (expected === undefined || others.length > 0 || change === undefined) return;
          const [document] = (await files.read('f', text, change.content)).documents;
          expect(document?.value).toEqual(expected.value);
          for (const at of [path, ...pathsOf(expected.value)]) {
            expect(document?.placeOf(at)).toEqual(expected.placeOf(at));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('do not hide an edit of the YAML', async () => {
    const { home, path } = await createHome();
    await writeFile(path, demoProvider('a', '  audit: {logRequests: false}'));
    expect(await logs(home)).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  test.each<[string, (form: string, other: string) => string]>([
    ['says something else', (form) => form.replace('demo', 'dmeo')],
    ['says where something else stands', (form) => form.replace(/\[1,/, '[2,')],
    ['has no tag', (form) => form.slice(64)],
    ['has another tag', (form) => form.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
    ['is of another file', (_, other) => other],
    ['is cut off', (form) => form.slice(0, -5)],
    ['is empty', () => ''],
  ])('count for nothing when one %s', async (_, change) => {
    const { home, path, compiled } = await createHome();
    const other = await readFile(compiledPath(home, resourcePath(home, provider('b'))), 'utf8');
    const changed = change(await readFile(compiled, 'utf8'), other);
    await writeFile(compiled, changed);
    const key = Buffer.from((await readFile(`${home}/secret.key`, 'utf8')).trim(), 'hex');
    const text = await readFile(path, 'utf8');
    const { documents } = await createCompiledFiles(home, key).read(path, text, changed);
    expect(documents.map(({ value }) => value)).toEqual(
      readDocuments(path, text).documents.map(({ value }) => value),
    );
    expect((await logs(home)).map(([name]) => name)).toEqual(['a', 'b']);
  });

  test('count for nothing under another key, and without one', async () => {
    const { home, path, compiled } = await createHome();
    const text = await readFile(path, 'utf8');
    const form = (await readFile(compiled, 'utf8')).replaceAll('a.example', 'b.example');
    for (const key of [Buffer.alloc(32), undefined]) {
      const files = createCompiledFiles(home, key);
      const { documents } = await files.read(path, text, form);
      expect(JSON.stringify(documents[0]?.value)).not.toContain('b.example');
    }
    expect(await createCompiledFiles(home, undefined).changeFor(path, text)).toEqual([]);
  });

  test('are made for a home that had no key when its Providers were applied, when they are applied again', async () => {
    const home = await temporaryHome();
    const compiled = compiledPath(home, resourcePath(home, provider('a')));
    await apply(home, demoProvider('a'));
    await expect(stat(compiled)).rejects.toThrow('ENOENT');
    await createSecretStore(home).put('default', 's', { token: 'canary-0123456789' });
    expect(await apply(home, demoProvider('a'))).toMatchObject([{ change: 'unchanged' }]);
    expect((await stat(compiled)).isFile()).toBe(true);
  });

  test('go with the resource, and come back with it', async () => {
    const { home, compiled } = await createHome();
    const ofSecret = compiledPath(home, resourcePath(home, secret));
    expect((await stat(ofSecret)).isFile()).toBe(true);
    await deleteResource(home, provider('a'));
    await deleteResource(home, secret);
    await expect(stat(compiled)).rejects.toThrow('ENOENT');
    await expect(stat(ofSecret)).rejects.toThrow('ENOENT');
    await apply(home, demoProvider('a'));
    expect((await stat(compiled)).isFile()).toBe(true);
  });

  test('may be missing, unreadable or something else', async () => {
    const { home, compiled } = await createHome();
    await rm(compiled);
    expect(await logs(home)).toHaveLength(2);
    await mkdir(compiled);
    expect(await logs(home)).toHaveLength(2);
    await chmod(dirname(compiled), 0o000);
    expect(await logs(home)).toHaveLength(2);
    await chmod(dirname(compiled), 0o700);
  });
});

test('a home that is read again gives the same resources for the same text', async () => {
  const { home, path } = await createHome();
  const read = createStateReader(home, demoPlugins);
  const [first, second] = [await read(), await read()];
  expect(second.providers.map((one, i) => one === first.providers[i])).toEqual([true, true]);
  await writeFile(path, demoProvider('a', '  audit: {logRequests: false}'));
  const third = await read();
  expect(third.providers.map((one, i) => one === first.providers[i])).toEqual([false, true]);
  expect(third.providers[0]?.spec.audit?.logRequests).toBe(false);
  await rm(path);
  expect((await read()).providers.map(({ name }) => name)).toEqual(['b']);
});

test.each([
  ['has rested', 2_300],
  ['was just laid', 0],
])(
  'an edit in place that leaves length and modification time as they were is seen: of a file that %s',
  async (_, age) => {
    const { home, path } = await createHome();
    const read = createStateReader(home, demoPlugins);
    const logged = async () => (await read()).providers[0]?.spec.audit?.logRequests;
    await writeFile(path, demoProvider('a', '  audit: {logRequests: true }'));
    const { atime, mtime } = await stat(path);
    await delay(age);
    expect([await logged(), await logged()]).toEqual([true, true]);
    await writeFile(path, demoProvider('a', '  audit: {logRequests: false}'));
    await utimes(path, atime, mtime);
    expect([await logged(), await logged()]).toEqual([false, false]);
  },
);

function pathsOf(value: unknown, path: ValuePath = []): ValuePath[] {
  if (typeof value !== 'object' || value === null) return [path];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...parts.flatMap(([part, inner]) => pathsOf(inner, [...path, part]))];
}
