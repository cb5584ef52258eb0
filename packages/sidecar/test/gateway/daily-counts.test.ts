import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDailyCounts, secondsToMidnight } from '../../src/gateway/daily-counts.ts';

async function temporary(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'pai-counts-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

const meter = (limit: number | undefined, id = 'key.a') => ({ id, limit, what: id });

test('two gateways on one home count together, and so does one after the other', async () => {
  const home = await temporary();
  const [one, two] = [createDailyCounts(home), createDailyCounts(home)];
  const taken = [one, two, one, two, one].map((counts) => counts.take([meter(3)]) === undefined);
  expect(taken).toEqual([true, true, true, false, false]);
  one.close();
  two.close();
  expect(createDailyCounts(home).take([meter(4)])).toBeUndefined();
  expect(createDailyCounts(home).take([meter(4)])).toMatchObject({ id: 'key.a' });
});

test('a use that one meter refuses is counted by none', async () => {
  const counts = createDailyCounts(await temporary());
  expect(counts.take([meter(9), meter(1, 'b')])).toBeUndefined();
  for (let i = 0; i < 5; i += 1) expect(counts.take([meter(9), meter(1, 'b')])).toMatchObject({ id: 'b' });
  for (let i = 0; i < 8; i += 1) expect(counts.take([meter(9)])).toBeUndefined();
  expect(counts.take([meter(9)])).toMatchObject({ id: 'key.a' });
});

test('what has no limit is not counted', async () => {
  const home = await temporary();
  expect(createDailyCounts(home).take([meter(undefined)])).toBeUndefined();
  expect(await readdir(home)).toEqual([]);
});

test('days that are over are removed, but for the last', async () => {
  const home = await temporary();
  let time = Date.UTC(2027, 0, 30, 12);
  const counts = createDailyCounts(home, () => time);
  for (let day = 0; day < 4; day += 1) {
    counts.take([meter(1)]);
    time += 86_400_000;
  }
  expect((await readdir(join(home, 'gateway/counts'))).sort()).toEqual(['2027-02-01', '2027-02-02']);
});

test('what cannot be counted is not let through', async () => {
  const home = await temporary();
  await writeFile(join(home, 'gateway'), '');
  const counts = createDailyCounts(home);
  expect(() => counts.take([meter(1)])).toThrow('could not be written');
});

test.each([
  [Date.UTC(2027, 0, 1), 86_400],
  [Date.UTC(2027, 0, 1, 23, 59, 59, 999), 1],
])('the next day begins in so many seconds', (now, seconds) => {
  expect(secondsToMidnight(now)).toBe(seconds);
});
