import { setTimeout as delay } from 'node:timers/promises';
import { cpuMicroseconds } from '../process-cost.ts';
import { median } from '../results/statistics.ts';
import { onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** How long it takes to be of use. */
export const start: Scenario = {
  id: 'p10',
  title: 'spawn to first proxied 200',
  method:
    'With 10 Providers configured: the median of three starts after one that lived for a second, since Node keeps what it has compiled. The wait is wall time, CPU is what the process had used by then.',
  measures: [
    { name: 'ms', title: 'ms', digits: 0 },
    { name: 'cpu', title: 'CPU, ms', digits: 0 },
  ],
  peers: ['sidecar', 'nginx', 'haproxy', 'tls-pipe', 'hello', 'go', 'fastify', 'srt', 'mockttp', 'mitmproxy'],
  rounds: 2,
  async measure(peer, rig) {
    const home = await rig.site.largeHome(9, 5);
    const once = (life: number) =>
      onWay(
        rig,
        peer,
        api,
        async ({ proxy }) => {
          if (proxy === undefined) throw new Error('only a proxy starts');
          const cpu = cpuMicroseconds(proxy.pid) / 1_000;
          await delay(life);
          return { ms: proxy.startMs, cpu };
        },
        { home },
      );
    await once(1_000);
    const starts = [await once(0), await once(0), await once(0)];
    return { ms: median(starts.map(({ ms }) => ms)), cpu: median(starts.map(({ cpu }) => cpu)) };
  },
};
