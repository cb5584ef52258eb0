import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf } from '../process-cost.ts';
import { cpuOf, onWay, type Scenario } from '../scenario.ts';
import { streams } from '../services.ts';

const eventsPerSecond = 1_000;

/** Milliseconds of listening that count. */
const listening = 3_000;

/** Many event streams that mostly say nothing. */
export const events: Scenario = {
  id: 'p7',
  title: 'event streams',
  method: `Server-sent events on 1,000 streams (5,000 with --full): memory of each after they have opened, then ${eventsPerSecond} events a second over all streams in turn. Latency is from the upstream's write to the agent's read. With --full the streams are silent for 15 minutes first.`,
  measures: [
    { name: 'held', title: 'KiB a stream', digits: 0 },
    { name: 'p50', title: 'event p50, us', digits: 0 },
    { name: 'cpu', title: 'CPU, us an event', digits: 0 },
    { name: 'opened', title: 'streams open', digits: 0 },
    { name: 'alive', title: 'heard, share', digits: 3 },
    { name: 'silence', title: 'silent before, s', digits: 0 },
  ],
  peers: ['direct', 'sidecar', 'nginx', 'haproxy', 'go', 'fastify'],
  without: { srt: 'it takes 256 tunnels', mitmproxy: 'no event arrives' },
  rounds: 2,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, streams, async ({ target, proxy }) => {
      await rig.load().do('listen', { target, streams: Math.min(8, plan.streams) });
      await rig.load().do('close', {});
      await delay(plan.settling);
      const before = proxy === undefined ? 0 : memoryOf(proxy.pid).rss;
      const { opened } = await rig.load().do('listen', { target, streams: plan.streams });
      await delay(plan.settling);
      const held = proxy === undefined ? 0 : ((memoryOf(proxy.pid).rss - before) * 1_024) / opened;
      // Only the product's promise is worth the quarter of an hour.
      const silence = peer.name === 'sidecar' ? plan.silence : 0;
      await delay(silence * 1_000);
      rig.upstreams.streams.send({ eventsPerSecond });
      try {
        const milliseconds =
          plan.scale < 0.1 ? 200 : Math.max(listening, (plan.streams / eventsPerSecond) * 1_500);
        await rig.load().do('hear', { milliseconds: Math.min(500, milliseconds) });
        let heard = { events: 0, p50: 0, alive: 0 };
        const cpu = await cpuOf(proxy, plan, async () => {
          heard = await rig.load().do('hear', { milliseconds });
        });
        return {
          opened,
          silence,
          p50: heard.p50,
          alive: heard.alive / plan.streams,
          ...(proxy !== undefined && { held, cpu: cpu / heard.events }),
        };
      } finally {
        rig.upstreams.streams.send({ eventsPerSecond: 0 });
      }
    }),
};
