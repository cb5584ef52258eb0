import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf } from '../process-cost.ts';
import { amountFor, expectAnswer, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** What a load leaves behind. */
export const rest: Scenario = {
  id: 'p9',
  title: 'memory after a load and 30 s of rest',
  method:
    '25,000 requests on 64 connections, as in P1; then the connections are closed. Others are loaded meanwhile.',
  measures: [
    { name: 'loaded', title: 'RSS under load, MiB', digits: 0 },
    { name: 'rss', title: 'RSS after, MiB', digits: 0 },
    { name: 'anon', title: 'of it anonymous, MiB', digits: 0 },
  ],
  peers: ['sidecar', 'nginx', 'go', 'fastify', 'srt'],
  rounds: 1,
  async measure(peer, rig, plan) {
    const way = await rig.open(peer, api);
    const { target, proxy } = way;
    if (proxy === undefined) return {};
    try {
      expectAnswer(way);
      await rig.load().do('open', { target, connections: 64 });
      await rig.load().do('run', { requests: amountFor(peer, plan, 25_000) });
      const loaded = memoryOf(proxy.pid).rss;
      await rig.load().do('close', {});
      const rested = delay(plan.rest * 1_000);
      return async () => {
        await rested;
        const held = memoryOf(proxy.pid);
        await proxy.stop();
        return { loaded, ...held };
      };
    } catch (thrown) {
      await proxy.stop();
      throw thrown;
    }
  },
};
