import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtState } from '../src/installed.ts';
import { measure, type Rig } from '../src/measure.ts';
import { startProxy } from '../src/proxy.ts';
import { findRegressions } from '../src/record.ts';
import { openRig } from '../src/rounds.ts';
import { ratiosOf, summarise } from '../src/summary.ts';
import { variants } from '../src/variants.ts';
import { startUpstream } from '../src/workers.ts';

const measurable = variants.filter(
  ({ name, obstacle }) => obstacle?.() === undefined && (name !== 'sidecar' || builtState() === 'built'),
);
const proxies = measurable.filter(({ command }) => command !== undefined);
const tiny = { rounds: 1, connections: 4, warmUp: 8, requests: 40, single: 10, settling: 0 };

let rig: Rig & { close(): Promise<void> };

beforeAll(async () => {
  rig = await openRig();
});

afterAll(() => rig.close());

test.each(measurable)('$name is measured with requests that carry the real credential', async (variant) => {
  const sample = await measure(variant, rig, tiny);
  expect(sample.rate).toBeGreaterThan(0);
  expect(sample.proxy === undefined).toBe(variant.command === undefined);
  expect(sample.proxy?.idleRss ?? 1).toBeGreaterThan(0);
});

test('a request without the real credential fails the run', async () => {
  await rig.load.open(rig.upstreamPort, 1, 'not-the-real-one');
  await expect(rig.load.run(1)).rejects.toThrow('status 401');
});

test.each(proxies)('$name does not trust an impostor of the service', async (variant) => {
  const { certFile, keyFile } = rig.site.impostor;
  const impostor = await startUpstream(certFile, keyFile);
  try {
    const proxy = await startProxy(variant, rig.site, impostor.port);
    await proxy?.stop();
    expect(proxy?.status).toBeGreaterThanOrEqual(500);
  } finally {
    impostor.close();
  }
});

test('ratios are medians of ratios in the same round', () => {
  const sample = (cpu: number) => ({
    rate: 1,
    p50: cpu,
    p99: cpu,
    proxy: { cpu, startMs: 1, idleRss: 1, idleAnon: 1, loadedRss: 1 },
  });
  const direct = [1, 2, 3].map((p50) => ({ rate: 1, p50, p99: p50 }));
  const rounds = { direct, sidecar: [10, 40, 90].map(sample), nginx: [10, 20, 30].map(sample) };
  expect(ratiosOf(rounds, 'sidecar', 'nginx')).toMatchObject({ cpu: 2, startMs: 1 });
  expect(ratiosOf(rounds, 'sidecar', 'fastify')).toEqual({});
  expect(summarise(rounds)['sidecar']).toMatchObject({ cpu: 40, addedP50: 38 });
});

test('a ratio much worse than the recorded one is a regression', () => {
  const known = { ratios: { nginx: { cpu: 2, idleRss: 2 } } };
  expect(findRegressions({ ratios: { nginx: { cpu: 2.9, idleRss: 2 } } }, known)).toEqual([]);
  expect(findRegressions({ ratios: { nginx: { cpu: 3.1, idleRss: 2 } } }, known)).toEqual([
    "cpu is 3.10x nginx's; recorded was 2.00x",
  ]);
  expect(findRegressions({ ratios: {} }, known)).toEqual([]);
});
