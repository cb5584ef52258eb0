import { execFileSync } from 'node:child_process';
import { link, mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAccessKey } from '../../src/gateway/access-key.ts';
import { followKeys } from '../../src/gateway/key-ring.ts';
import { readResources } from '../../src/resources.ts';
import { applyResources, deleteResource } from '../../src/state.ts';

async function createRing(now: () => number = Date.now) {
  const home = await mkdtemp(join(tmpdir(), 'pai-ring-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const logs: string[] = [];
  const changes: number[] = [];
  const add = async (name: string, hash: string, spec: object = {}) => {
    const head = { apiVersion: 'pai.io/v1', kind: 'AccessKey', metadata: { name } };
    const text = JSON.stringify({ ...head, spec: { hash, providers: ['api'], ...spec } });
    await applyResources(home, await readResources([{ file: 'x.yaml', text }], { plugins: new Map() }));
  };
  const follow = async () => {
    const onChange = () => void changes.push(now());
    const options = {
      home,
      namespace: 'default',
      now,
      onChange,
      log: (line: string) => void logs.push(line),
    };
    const ring = await followKeys(options);
    onTestFinished(ring.close);
    return ring;
  };
  const revoke = (name: string) => deleteResource(home, { kind: 'AccessKey', namespace: 'default', name });
  return { home, logs, changes, add, follow, revoke };
}

test('a look that takes long does not bring back a key that was revoked meanwhile', async () => {
  const { home, add, follow, revoke, logs } = await createRing();
  const { key, hash } = createAccessKey();
  await add('laptop', hash);
  const ring = await follow();
  expect(ring.find(key)?.name).toBe('laptop');
  // Whoever reads a pipe waits for a writer.
  const [slow, outside] = [join(home, 'access-keys/default/slow.yaml'), join(home, 'slow')];
  execFileSync('mkfifo', [slow]);
  await link(slow, outside);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await unlink(slow);
  await revoke('laptop');
  await vi.waitFor(() => expect(ring.find(key)).toBeUndefined());
  await (await open(outside, 'w')).close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(ring.find(key)).toBeUndefined();
  expect(logs).toEqual([]);
});

test('a key that two resources have is in force for neither', async () => {
  const { add, follow, revoke, logs } = await createRing();
  const { key, hash } = createAccessKey();
  await add('one', hash);
  await add('two', hash, { providers: ['api', 'more'] });
  const ring = await follow();
  expect(ring.find(key)).toBeUndefined();
  expect(logs.join()).toContain('one and two have one hash, so that none of them is in force');
  await revoke('two');
  await vi.waitFor(() => expect(ring.find(key)?.name).toBe('one'));
});

test('expiry is seen when the clock is set forward, or the machine was asleep', async () => {
  let asleep = 0;
  const { add, follow, changes } = await createRing(() => Date.now() + asleep);
  const { key, hash } = createAccessKey();
  await add('laptop', hash, { expires: new Date(Date.now() + 3_600_000).toISOString() });
  const ring = await follow();
  expect(ring.find(key)?.name).toBe('laptop');
  asleep = 7_200_000;
  await vi.waitFor(() => expect(changes).toHaveLength(1));
  expect(ring.find(key)).toBeUndefined();
});

test.each(['2030-02-30T00:00:00Z', '2030-13-01T00:00:00Z', '2030-01-01T25:00:00Z'])(
  'a date that there is not ends a key at once: %s',
  async (expires) => {
    const { add, follow } = await createRing();
    const { key, hash } = createAccessKey();
    await add('laptop', hash, { expires });
    expect((await follow()).find(key)).toBeUndefined();
  },
);
