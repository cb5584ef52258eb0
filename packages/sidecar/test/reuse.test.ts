import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { composeProviders, type MadeProvider } from '../src/compose.ts';
import type { ProviderResource } from '../src/config.ts';
import { createFirstLook, type factsNow } from '../src/file-facts.ts';
import { resourcePath } from '../src/home.ts';
import { createStateReader } from '../src/load-state.ts';
import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources } from '../src/state.ts';
import { demoPlugins, demoProvider } from './demo-plugin.ts';
import { temporaryHome } from './temporary-home.ts';

async function createReloads() {
  const home = await temporaryHome();
  const store = createSecretStore(home);
  for (const name of ['a-token', 'b-token']) await store.put('default', name, { token: 'canary-0123456789' });
  const text = `${demoProvider('a')}---\n${demoProvider('b')}`;
  await applyResources(home, await readResources([{ file: 'f', text }], { plugins: demoPlugins }));
  const readState = createStateReader(home, demoPlugins);
  const made = new WeakMap<ProviderResource, MadeProvider>();
  const load = async () => {
    const options = { state: await readState(), secrets: store.reader, plugins: demoPlugins, made };
    return (await composeProviders(options)).attached;
  };
  return { home, store, load };
}

test('a Provider whose file and Secret are what they were goes on', async () => {
  const { home, load } = await createReloads();
  const first = await load();
  expect(await load()).toEqual(first);
  const path = resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'a' });
  await writeFile(path, demoProvider('a', '  audit: {logRequests: false}'));
  const second = await load();
  expect(second.map((one, i) => one === first[i])).toEqual([false, true]);
  expect(second[0]?.isLogged).toBe(false);
});

test('a file that changes between the first look and the first reading is read again', async () => {
  const { home } = await createReloads();
  const path = resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'a' });
  // As a file that has rested.
  const look: typeof factsNow = (paths) => seen(paths).map((facts) => ({ ...facts, isSettled: true }));
  const seen = createFirstLook();
  look([path]);
  await writeFile(path, demoProvider('a', '  audit: {logRequests: false}'));
  const read = createStateReader(home, demoPlugins);
  const isLogged = async (first?: typeof factsNow) =>
    (await read(first)).providers[0]?.spec.audit?.logRequests;
  expect(await isLogged(look)).toBe(false);
  await writeFile(path, demoProvider('a', '  audit: {logRequests: true}'));
  expect(await isLogged()).toBe(true);
});

test('a Provider whose Secret has changed is made anew, with the new value', async () => {
  const { store, load } = await createReloads();
  const first = await load();
  await store.put('default', 'a-token', { token: 'canary-9876543210' });
  const second = await load();
  expect(second.map((one, i) => one === first[i])).toEqual([false, true]);
});

test('a Provider that has ended is not taken up again', async () => {
  const { load } = await createReloads();
  const first = await load();
  first[0]?.end();
  const second = await load();
  expect(second.map((one, i) => one === first[i])).toEqual([false, true]);
});

test('a load that fails ends what it made, and nothing that was there', async () => {
  const { home, load } = await createReloads();
  const first = await load();
  const path = resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'b' });
  await writeFile(path, demoProvider('b').replace('b-token', 'other'));
  await expect(load()).rejects.toThrow('secret other does not exist');
  await writeFile(path, demoProvider('b', '  audit: {logRequests: false}'));
  const second = await load();
  expect(second.map((one, i) => one === first[i])).toEqual([true, false]);
});
