import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { resourcePath } from '../src/home.ts';
import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources, deleteResource } from '../src/state.ts';
import { type WatchOptions, watchState } from '../src/watch.ts';
import { demoPlugins, demoProvider } from './demo-plugin.ts';
import { temporaryHome } from './temporary-home.ts';

/** Watches a home; `next` makes a change and waits for the next call. */
async function watching(home: string, options?: WatchOptions) {
  let calls = 0;
  const onChange = () => {
    calls++;
  };
  const watch = await watchState(home, onChange, options);
  onTestFinished(() => watch.close());
  return {
    watch,
    calls: () => calls,
    next: async (change: () => Promise<unknown>, what = 'the change') => {
      const before = calls;
      await change();
      await vi.waitFor(() => expect(calls, what).toBeGreaterThan(before), { interval: 5 });
    },
  };
}

async function apply(home: string, text: string) {
  await applyResources(home, await readResources([{ file: 'f', text }], { plugins: demoPlugins }));
}

describe('watching a home', () => {
  test.each([
    ['told by the system', {}],
    ['by looking alone', { interval: 20, settle: 1_000_000 }],
  ])('sees every kind of change in turn, %s', async (_title, options) => {
    const home = await temporaryHome();
    const path = resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'a' });
    const { next } = await watching(home, options);
    const changes: [string, () => Promise<unknown>][] = [
      ['the first resource', () => apply(home, demoProvider('a'))],
      ['a replaced file', () => apply(home, demoProvider('a', '  audit: {}'))],
      ['a file edited in place', () => writeFile(path, demoProvider('a'))],
      [
        'a new namespace',
        () => apply(home, demoProvider('b').replace('{name: b', '{namespace: new, name: b')),
      ],
      ['another in it', () => apply(home, demoProvider('c').replace('{name: c', '{namespace: new, name: c'))],
      ['a new secret', () => createSecretStore(home).put('default', 's', { token: 'x' })],
      ['a changed secret', () => createSecretStore(home).put('default', 's', { token: 'y' })],
      [
        'a deleted resource',
        () => deleteResource(home, { kind: 'Provider', namespace: 'default', name: 'a' }),
      ],
      ['a removed home', () => rm(home, { recursive: true })],
      ['a home made again', () => apply(home, demoProvider('a'))],
    ];
    for (const [what, change] of changes) await next(change, what);
  });

  test('sees the swap of a symlink, as in a mounted ConfigMap, and files behind it', async () => {
    const home = await temporaryHome();
    const directory = dirname(resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'a' }));
    for (const version of ['..1', '..2']) {
      await mkdir(join(directory, version), { recursive: true });
      await writeFile(join(directory, version, 'a.yaml'), demoProvider('a'));
    }
    await symlink('..1', join(directory, '..data'));
    await symlink('..data/a.yaml', join(directory, 'a.yaml'));
    const { next } = await watching(home);
    const swap = async () => {
      await symlink('..2', join(directory, '..new'));
      await rename(join(directory, '..new'), join(directory, '..data'));
    };
    await next(swap);
    const edit = () => writeFile(join(directory, '..2', 'a.yaml'), demoProvider('a', '  audit: {}'));
    await next(edit);
  });

  test('calls once for changes made together, and never for none', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    const { next, calls } = await watching(home, { interval: 20, settle: 500 });
    await next(() => apply(home, [demoProvider('a', '  audit: {}'), demoProvider('b')].join('---\n')));
    await writeFile(join(home, 'unrelated'), '');
    await next(() => apply(home, demoProvider('c')));
    expect(calls()).toBe(2);
  });

  test('is silent when it is closed', async () => {
    const home = await temporaryHome();
    const { watch, calls } = await watching(home, { interval: 5, settle: 5 });
    const other = await watching(home, { interval: 5, settle: 5 });
    watch.close();
    await other.next(() => apply(home, demoProvider('a')));
    await delay(20);
    expect(calls()).toBe(0);
  });
});
