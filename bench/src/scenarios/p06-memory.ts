import { setTimeout as delay } from 'node:timers/promises';
import type { Direction } from '../load/protocol.ts';
import { memoryOf, peakOf, resetPeak } from '../process-cost.ts';
import { amountFor, onWay, type Scenario } from '../scenario.ts';
import { streams } from '../services.ts';

const stalled = 16;

/** What content leaves behind, and what is held for who does not read. */
export const memory: Scenario = {
  id: 'p6',
  title: '1 GiB down, then up; streams that nobody reads',
  method: `1 GiB each way after 100 MiB each way: how much more memory is held a second later, and at its peak. Then ${stalled} streams of endless content that the agent does not read, and ${stalled} that the upstream does not: the growth for each.`,
  measures: [
    { name: 'growth', title: 'RSS growth, MiB', digits: 1 },
    { name: 'peak', title: 'peak over before, MiB', digits: 1 },
    { name: 'down', title: 'held for a stalled agent, MiB a stream', digits: 2 },
    { name: 'up', title: 'held for a stalled upstream, MiB a stream', digits: 2 },
  ],
  peers: ['sidecar', 'nginx', 'go', 'fastify', 'srt', 'mockttp'],
  without: { mitmproxy: 'it reads whole bodies' },
  rounds: 1,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, streams, async ({ target, proxy }) => {
      if (proxy === undefined) return {};
      const move = async (bytes: number, times: number) => {
        for (const direction of ['down', 'up'] as const)
          await rig.load().do('transfer', { target, direction, bytes, times });
      };
      await move(10 * 2 ** 20, amountFor(peer, plan, 10));
      await delay(plan.settling);
      const before = memoryOf(proxy.pid).rss;
      resetPeak(proxy.pid);
      await move(amountFor({}, plan, 2 ** 30), 1);
      const peak = peakOf(proxy.pid) - before;
      await delay(plan.settling * 2);
      const growth = memoryOf(proxy.pid).rss - before;
      const stall = async (direction: Direction) => {
        const idle = memoryOf(proxy.pid).rss;
        await rig.load().do('stall', { target, direction, streams: stalled });
        await delay(plan.settling * 4);
        const held = (memoryOf(proxy.pid).rss - idle) / stalled;
        await rig.load().do('close', {});
        await delay(plan.settling);
        return held;
      };
      return { growth, peak, down: await stall('down'), up: await stall('up') };
    }),
};
