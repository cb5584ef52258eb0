import { cpuMicroseconds } from '../process-cost.ts';
import { median } from '../results/statistics.ts';
import { onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** How long it takes to be of use. */
export const start: Scenario = {
  id: 'p10',
  title: 'spawn to first proxied 200',
  method:
    'The median of three starts a round, with 10 Providers configured; the wait is wall time, CPU is what the process had used by then.',
  measures: [
    { name: 'ms', title: 'ms', digits: 0 },
    { name: 'cpu', title: 'CPU, ms', digits: 0 },
  ],
  peers: ['sidecar', 'nginx', 'haproxy', 'tls-pipe', 'hello', 'go', 'fastify', 'srt', 'mockttp', 'mitmproxy'],
  rounds: 2,
  async measure(peer, rig) {
    const home = await rig.site.largeHome(9, 5);
    const starts: { ms: number; cpu: number }[] = [];
    for (let i = 0; i < 3; i += 1) {
      await onWay(
        rig,
        peer,
        api,
        async ({ proxy }) => {
          if (proxy !== undefined)
            starts.push({ ms: proxy.startMs, cpu: cpuMicroseconds(proxy.pid) / 1_000 });
        },
        { home },
      );
    }
    return { ms: median(starts.map(({ ms }) => ms)), cpu: median(starts.map(({ cpu }) => cpu)) };
  },
};
