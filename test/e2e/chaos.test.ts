import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type ApiPod, apiProvider, apiToken, serviceIdentity, startApiPod } from './api-pod.ts';
import { acts, overHttp2 } from './chaos/acts.ts';
import { createRandom, type Random } from './chaos/random.ts';
import { type Seen, startService } from './chaos/service.ts';
import { type Dial, reach, waysOf } from './chaos/ways.ts';

const seconds = 20;
const waiting = { timeout: 30_000, interval: 200 };
const all = '{methods: [GET, PUT], paths: ["*"], effect: allow}';
/** What the policy is, one after the other; the last is no policy. */
const policies = [all, '{methods: [GET], paths: ["*"], effect: allow}', '{paths: ["*"]', `${all}, ${all}`];

/** Does one thing after another until the time is over. */
async function behave(pod: ApiPod, random: Random, until: number, done: Map<string, number>): Promise<void> {
  const ways = waysOf(pod);
  const doors = Object.keys(ways) as (keyof typeof ways)[];
  const perform = async (name: string, dial: Dial, protocol: 'http/1.1' | 'h2') => {
    const way = await dial(protocol);
    if (way === undefined) return;
    await (protocol === 'h2' ? overHttp2 : acts[name])?.(way, random);
    way.socket.destroy();
    done.set(name, (done.get(name) ?? 0) + 1);
  };
  while (performance.now() < until) {
    const door = random.pick(doors);
    if (random.below(20) === 0) {
      const socket = await reach(pod.port);
      if (random.below(2) === 0) socket.write(Buffer.from('1603010200010001fc0303', 'hex'));
      socket.resetAndDestroy();
    } else if (door !== 'baseUrl' && random.below(3) === 0) await perform('over HTTP/2', ways[door], 'h2');
    else await perform(random.pick(Object.keys(acts)), ways[door], 'http/1.1');
  }
}

async function reload(pod: ApiPod, until: number): Promise<void> {
  for (let i = 1; performance.now() < until; i += 1) {
    await pod.apply(apiProvider(policies[i % policies.length] ?? all)).catch(() => {});
    await delay(500);
  }
  await pod.apply(apiProvider(all));
}

/** Nothing is under way, and every request that ever was is one line of the log. */
async function expectQuiet(pod: ApiPod, seen: Seen): Promise<void> {
  const metric = async (name: string) => {
    const rows = [...(await pod.metrics()).matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))];
    return rows.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  await expect.poll(() => metric('pai_requests_active'), waiting).toBe(0);
  const total = await metric('pai_requests_total');
  await expect.poll(() => pod.audit().length, waiting).toBe(total);
  const lines = pod.audit();
  expect(new Set(lines.map(({ request_id }) => request_id)).size).toBe(lines.length);
  expect(seen.strangers).toBe(0);
  expect(lines.filter(({ decision }) => decision === 'allow').length).toBeGreaterThanOrEqual(seen.requests);
}

test('agents that break off at any moment, by every door and through every reload, leave nothing behind', {
  timeout: 180_000,
}, async () => {
  const { identity, certificatePem } = serviceIdentity();
  const { port, seen } = await startService(identity, apiToken);
  const pod = await startApiPod(certificatePem, [`api.example.com=127.0.0.1:${port}`]);
  await pod.apply(apiProvider(all));
  const random = createRandom(20_261_123);
  const done = new Map<string, number>();
  const run = async (length: number) => {
    const until = performance.now() + length * 1_000;
    const lanes = Array.from({ length: 6 }, () =>
      behave(pod, createRandom(random.below(2 ** 32)), until, done),
    );
    await Promise.all([...lanes, reload(pod, until)]);
    await expectQuiet(pod, seen);
  };
  await run(5);
  const before = { descriptors: pod.descriptors(), resident: pod.resident() };
  await run(seconds);
  expect([...done.keys()].sort()).toEqual([...Object.keys(acts), 'over HTTP/2'].sort());
  await expect.poll(() => pod.descriptors(), waiting).toBeLessThanOrEqual(before.descriptors + 10);
  expect(pod.resident() - before.resident).toBeLessThan(100);
  for (const dial of Object.values(waysOf(pod))) {
    const way = await dial('http/1.1');
    way?.socket.write(way.head('GET', '/bytes/5'));
    const [answer] = (await way?.socket.take(1).toArray()) ?? [];
    expect(String(answer)).toContain(' 200 ');
    way?.socket.destroy();
  }
});
