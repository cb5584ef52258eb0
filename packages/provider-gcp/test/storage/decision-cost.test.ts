import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../../test/cpu-time.ts';
import { createGcpScope } from '../../src/scope.ts';
import { resolveStorage } from '../../src/storage/resolve.ts';

const endpoint = { service: 'storage.googleapis.com' };
const scope = createGcpScope(['projects/_/buckets/other/objects/*', 'projects/_/buckets/bkt/objects/logs/*']);

test.each([
  '/storage/v1/b/bkt/o/logs%2F2026%2Fa.txt?alt=media',
  '/storage/v1/b/bkt/o?prefix=logs%2F&delimiter=%2F&maxResults=100',
  '/bkt/logs/2026/a.txt',
])('judges %s in far less than a millisecond', async (target) => {
  const request = requestFor({
    url: `https://storage.googleapis.com${target}`,
    headers: { authorization: 'Bearer x' },
  });
  const judge = async () => {
    const resolution = await resolveStorage(request, endpoint);
    return 'actions' in resolution && resolution.actions.every((action) => scope(action) === undefined);
  };
  expect(await judge()).toBe(true);
  const rounds = 2_000;
  const run = async () => {
    for (let i = 0; i < rounds; i += 1) await judge();
  };
  await run();
  expect((await cpuSeconds(run)) / rounds).toBeLessThan(0.0005);
});
