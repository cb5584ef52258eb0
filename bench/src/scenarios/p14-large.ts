import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { changeProvider, type Home } from '../homes.ts';
import { measureInProcess } from '../in-process.ts';
import { memoryOf } from '../process-cost.ts';
import type { RunningProxy } from '../proxy.ts';
import { median } from '../results/statistics.ts';
import { amountFor, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

const rules = 50;

/** A configuration as large as a platform team's. */
export const large: Scenario = {
  id: 'p14',
  title: '1,000 Providers of 50 rules',
  method:
    'A decision that the last of 50 rules makes, in a loop of its own; the longest stall of the event loop while one changed document of 1,000 is loaded (median of three); the start, less that with one Provider in the same round.',
  measures: [
    { name: 'check', title: 'decision, us', digits: 2 },
    { name: 'stall', title: 'longest stall, ms', digits: 1 },
    { name: 'reload', title: 'apply to serving, ms', digits: 0 },
    { name: 'start', title: 'added start, ms', digits: 0 },
    { name: 'rss', title: 'RSS, MiB', digits: 0 },
  ],
  hasNoRatio: true,
  peers: ['sidecar'],
  rounds: 1,
  async measure(peer, rig, plan) {
    const checks = amountFor({}, plan, 1_000_000);
    const { paths = 0, actions = 0 } = await measureInProcess('policy-check', String(rules), String(checks));
    const home = await rig.site.largeHome(plan.providers - 1, rules);
    const file = join(rig.site.directory, 'loop-delay');
    const watch = fileURLToPath(new URL('../in-process/loop-watch.ts', import.meta.url));
    // Taking the types out of that takes as long in both starts.
    const env = { NODE_OPTIONS: `--import=${watch}`, PAI_BENCH_LOOP_FILE: file };
    const single = await onWay(rig, peer, api, async ({ proxy }) => proxy?.startMs ?? 0, { env });
    const full = await onWay(
      rig,
      peer,
      api,
      async ({ proxy }) => {
        if (proxy === undefined) throw new Error('only a proxy has a configuration');
        const { rss } = memoryOf(proxy.pid);
        const changes: Change[] = [];
        for (let i = 0; i < 3; i += 1) changes.push(await change(home, proxy, file, i));
        return {
          rss,
          start: proxy.startMs,
          stall: median(changes.map(({ stall }) => stall)),
          reload: median(changes.map(({ reload }) => reload)),
        };
      },
      { home, env },
    );
    return { ...full, start: full.start - single, check: Math.max(paths, actions) };
  },
};

interface Change {
  readonly stall: number;
  readonly reload: number;
}

/** Changes one document and waits until it serves. */
async function change(home: Home, proxy: RunningProxy, file: string, i: number): Promise<Change> {
  await delay(500);
  await longestStall(proxy, file);
  const reloads = () => proxy.said().split(' is serving: ').length;
  const before = reloads();
  await changeProvider(home, i, rules, `edit-${Date.now()}`);
  const applied = performance.now();
  while (reloads() === before) {
    if (performance.now() - applied > patience) throw new Error(`no reload in ${patience / 1_000} s`);
    await delay(5);
  }
  const reload = performance.now() - applied;
  await delay(100);
  return { stall: await longestStall(proxy, file), reload };
}

/** Milliseconds in which a change has to be serving. */
const patience = 30_000;

/** Asks `loop-watch.ts`, which starts anew. */
async function longestStall({ pid }: RunningProxy, file: string): Promise<number> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let i = 0; i < 2_000; i += 1) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await delay(5);
  }
  throw new Error('the loop watch did not answer');
}
