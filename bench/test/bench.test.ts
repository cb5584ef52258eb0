import { afterAll, beforeAll, expect, test } from 'vitest';
import { peers } from '../src/peers.ts';
import type { Plan } from '../src/plan.ts';
import { readOptions } from '../src/plan.ts';
import { standingsOf } from '../src/results/goals.ts';
import { findRegressions } from '../src/results/record.ts';
import { formatGoals, formatScenarios } from '../src/results/tables.ts';
import { openRig, type Rig } from '../src/rig.ts';
import { trusts } from '../src/rounds.ts';
import type { Sample } from '../src/scenario.ts';
import { load } from '../src/scenarios/p01-load.ts';
import { sigv4 } from '../src/scenarios/p13-sigv4.ts';
import { scenarios } from '../src/scenarios.ts';
import { api, services } from '../src/services.ts';
import { startUpstream } from '../src/workers.ts';

const tiny: Plan = {
  isFull: false,
  scale: 0.002,
  many: 8,
  streams: 8,
  silence: 0,
  rest: 0,
  providers: 3,
  settling: 0,
};

/** Quick to start, so that the suite stays quick; a run of the bench asks the same of every peer. */
const proxies = peers.filter(
  ({ name, obstacle }) =>
    ['sidecar-src', 'nginx', 'haproxy', 'fastify', 'srt'].includes(name) && obstacle?.() === undefined,
);
const own = proxies.filter(({ name }) => name === 'sidecar-src');

let rig: Rig;

beforeAll(async () => {
  rig = await openRig();
});

afterAll(() => rig.close());

test.each(proxies)('$name is measured with requests that carry the real credential', async (peer) => {
  const sample = await load.measure(peer, rig, tiny);
  expect(sample).toMatchObject({ rate: expect.any(Number), cpu: expect.any(Number) });
});

const quick = scenarios.filter(({ id }) => !['p4', 'p6', 'p8', 'p9', 'p10', 'p13', 'p14'].includes(id));

test.each(quick.flatMap((scenario) => own.map((peer) => ({ id: scenario.id, scenario, peer }))))(
  '$id gives every number it promises',
  async ({ scenario, peer }) => {
    const measured = await scenario.measure(peer, rig, tiny);
    const sample = typeof measured === 'function' ? await measured() : measured;
    const missing = scenario.measures.filter(({ name }) => !Number.isFinite(sample[name]));
    expect(missing).toEqual([]);
  },
);

test.each(['sidecar', 'aws4', 'aws4fetch'])('%s signs', async (name) => {
  const [peer] = peers.filter((candidate) => candidate.name === name);
  const sample = peer && (await sigv4.measure(peer, rig, tiny));
  expect(sample).toEqual({ get: expect.any(Number), put: expect.any(Number) });
});

test('a request without the real credential fails the run', async () => {
  const [direct] = peers;
  if (direct === undefined) throw new Error('there is no direct way');
  for (const service of services) {
    const { target } = await rig.open(direct, service);
    await rig.load().do('open', { target: { ...target, token: 'not-the-real-one' }, connections: 1 });
    await expect(rig.load().do('run', { requests: 1 })).rejects.toThrow('status 401');
  }
});

test.each(proxies)('$name does not trust an impostor of the service', async (peer) => {
  const impostor = await startUpstream(api, rig.site.impostors);
  try {
    expect(await trusts(peer, rig, impostor.port)).toBe(false);
  } finally {
    impostor.close();
  }
});

const resultsOf = (samples: Record<string, readonly (Sample | null)[]>) => ({
  p1: { samples, failures: {} },
});
const costs = (...values: readonly (number | null)[]) =>
  values.map((cpu) => (cpu === null ? null : { cpu, rate: 1 }));

test('goals are medians of ratios in the same round', () => {
  const results = resultsOf({
    sidecar: costs(10, 40, 90),
    nginx: costs(10, 20, 30),
    go: costs(null, 80, null),
  });
  const standing = (other: string) =>
    standingsOf(results).find(({ goal }) => goal.says.endsWith(`/ ${other}`));
  expect(standing('nginx')).toMatchObject({ value: 2, rounds: 3, isMet: false, isMoonshotMet: false });
  expect(standing('go')).toMatchObject({ value: 0.5, rounds: 1, isMet: true });
  expect(standing('fastify')).toMatchObject({ value: undefined, isMet: undefined });
  expect(formatGoals(results)).toContain(
    '| P1: CPU a request / nginx | 2 x | 1.6 | **no** | 1.25 | **no** |',
  );
  expect(formatGoals(results)).toContain('| P1: CPU a request / go | 0.5 x (thin) | 0.7 | yes |');
});

test('a peer that failed has no number, and the table says why', () => {
  const results = { p1: { samples: { mitmproxy: [null] }, failures: { mitmproxy: 'status 502' } } };
  expect(formatScenarios(results)).toMatch(/failed.*mitmproxy: status 502/s);
});

test('a ratio much worse than the recorded one is a regression', () => {
  const at = (cpu: number) => resultsOf({ sidecar: costs(cpu), nginx: costs(1) });
  expect(findRegressions(at(2.9), at(2))).toEqual([]);
  expect(findRegressions(at(3.1), at(2))).toEqual(['p1: CPU a request / nginx is 3.10; recorded was 2.00']);
  expect(findRegressions({}, at(2))).toEqual([]);
});

test('the command line names scenarios and peers, and refuses what it does not know', () => {
  const {
    scenarios: picked,
    peers: beside,
    plan,
  } = readOptions(['--only', 'p1,p5', '--peers', 'go', '--rounds', '2']);
  expect(picked.map(({ id }) => id)).toEqual(['p1', 'p5']);
  expect(beside.map(({ name }) => name)).toEqual(['direct', 'sidecar', 'go']);
  expect(plan.rounds).toBe(2);
  expect(() => readOptions(['--only', 'p15'])).toThrow('--only p15 is not known');
  expect(() => readOptions(['--record', '--only', 'p1'])).toThrow('--record takes a whole run');
});
