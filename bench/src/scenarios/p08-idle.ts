import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf } from '../process-cost.ts';
import { onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** What a proxy holds that has nothing to do. */
export const idle: Scenario = {
  id: 'p8',
  title: 'memory at rest',
  method: 'One Provider; after the first answer and two seconds of nothing.',
  measures: [
    { name: 'rss', title: 'RSS, MiB', digits: 0 },
    { name: 'anon', title: 'of it anonymous, MiB', digits: 0 },
  ],
  peers: ['sidecar', 'nginx', 'haproxy', 'tls-pipe', 'hello', 'go', 'fastify', 'srt', 'mockttp', 'mitmproxy'],
  rounds: 2,
  async measure(peer, rig, plan) {
    return onWay(rig, peer, api, async ({ proxy }) => {
      await delay(plan.settling * 4);
      return proxy === undefined ? {} : { ...memoryOf(proxy.pid) };
    });
  },
};
