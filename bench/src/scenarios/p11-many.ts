import { memoryOf } from '../process-cost.ts';
import { amountFor, cpuOf, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** Many connections that all ask. */
export const many: Scenario = {
  id: 'p11',
  title: '1,000 connections',
  method: 'The GET of P1 on 1,000 kept-alive connections: 20,000 to warm up, then 10,000 that count.',
  measures: [
    { name: 'cpu', title: 'CPU, us a request', digits: 1 },
    { name: 'rss', title: 'RSS, MiB', digits: 0 },
    { name: 'rate', title: 'requests a second', digits: 0 },
  ],
  peers: ['sidecar', 'nginx', 'haproxy', 'tls-pipe', 'bare-splice', 'go', 'fastify'],
  without: { srt: 'it takes 256 tunnels' },
  rounds: 2,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, api, async ({ target, proxy }) => {
      const requests = amountFor(peer, plan, 10_000);
      await rig.load().do('open', { target, connections: plan.many });
      await rig.load().do('run', { requests: amountFor(peer, plan, 20_000) });
      let rate = 0;
      const cpu = await cpuOf(proxy, plan, async () => {
        rate = requests / (await rig.load().do('run', { requests })).seconds;
      });
      return { rate, ...(proxy !== undefined && { cpu: cpu / requests, rss: memoryOf(proxy.pid).rss }) };
    }),
};
