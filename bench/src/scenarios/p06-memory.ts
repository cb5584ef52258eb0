import { setTimeout as delay } from 'node:timers/promises';
import type { Direction } from '../load/protocol.ts';
import type { Peer } from '../peers/peer.ts';
import type { Plan } from '../plan.ts';
import { memoryOf, peakOf, resetPeak } from '../process-cost.ts';
import type { Rig } from '../rig.ts';
import { amountFor, onWay, type Sample, type Scenario } from '../scenario.ts';
import { streams } from '../services.ts';

const stalled = { few: 16, many: 64 };

/** What content leaves behind, and what is held for who does not read. */
export const memory: Scenario = {
  id: 'p6',
  title: '1 GiB down, then up; streams that nobody reads',
  method: `1 GiB each way after 100 MiB each way: how much more memory is held a second later, and at its peak. In another process, endless content that the agent does not read, or the upstream: what ${stalled.many} streams hold more than ${stalled.few}, for each.`,
  measures: [
    { name: 'growth', title: 'RSS growth, MiB', digits: 1 },
    { name: 'peak', title: 'peak over before, MiB', digits: 1 },
    { name: 'down', title: 'held for a stalled agent, MiB a stream', digits: 2 },
    { name: 'up', title: 'held for a stalled upstream, MiB a stream', digits: 2 },
  ],
  hasNoRatio: true,
  peers: ['sidecar', 'nginx', 'tls-pipe', 'go', 'fastify', 'srt'],
  without: { mitmproxy: 'it reads whole bodies' },
  rounds: 1,
  async measure(peer, rig, plan) {
    const moved = await moving(peer, rig, plan);
    return { ...moved, ...(await stalling(peer, rig, plan)) };
  },
};

function moving(peer: Peer, rig: Rig, plan: Plan): Promise<Sample> {
  return onWay(rig, peer, streams, async ({ target, proxy }) => {
    if (proxy === undefined) return {};
    const move = async (bytes: number, times: number) => {
      for (const direction of ['down', 'up'] as const)
        await rig.load().do('transfer', { target, direction, bytes, times });
    };
    await move(10 * 2 ** 20, plan.scale < 0.1 ? 1 : 10);
    await delay(plan.settling);
    const before = memoryOf(proxy.pid).rss;
    resetPeak(proxy.pid);
    await move(amountFor({}, plan, 2 ** 30), 1);
    const peak = peakOf(proxy.pid) - before;
    await delay(plan.settling * 2);
    return { peak, growth: memoryOf(proxy.pid).rss - before };
  });
}

function stalling(peer: Peer, rig: Rig, plan: Plan): Promise<Sample> {
  return onWay(rig, peer, streams, async ({ target, proxy }) => {
    if (proxy === undefined) return {};
    const hold = async (direction: Direction, count: number) => {
      await rig.load().do('stall', { target, direction, streams: count });
      await delay(plan.settling * 4);
      return memoryOf(proxy.pid).rss;
    };
    // What the first streams bring with them is no stream's.
    const each = async (direction: Direction) => {
      const few = await hold(direction, stalled.few);
      const many = await hold(direction, stalled.many);
      await rig.load().do('close', {});
      return (many - few) / (stalled.many - stalled.few);
    };
    return { down: await each('down'), up: await each('up') };
  });
}
