import type { Direction } from '../load/protocol.ts';
import { amountFor, comparedPeers, cpuOf, onWay, type Scenario } from '../scenario.ts';
import { streams } from '../services.ts';

const bytes = 10 * 2 ** 20;

/** What content costs. */
export const transfer: Scenario = {
  id: 'p5',
  title: '10 MiB, down and up',
  method:
    '10 MiB with a length on one connection, 5 times to warm up and 25 that count, down (to the agent) and then up.',
  measures: [
    { name: 'down', title: 'down, CPU s a GB', digits: 2 },
    { name: 'up', title: 'up, CPU s a GB', digits: 2 },
    { name: 'downRate', title: 'down, MB a second', digits: 0 },
    { name: 'upRate', title: 'up, MB a second', digits: 0 },
  ],
  peers: comparedPeers,
  rounds: 2,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, streams, async ({ target, proxy }) => {
      const times = Math.max(2, amountFor(peer, plan, 25));
      const move = async (direction: Direction) => {
        const what = { target, direction, bytes };
        await rig.load().do('transfer', { ...what, times: amountFor(peer, plan, 5) });
        let seconds = 0;
        const cpu = await cpuOf(proxy, plan, async () => {
          ({ seconds } = await rig.load().do('transfer', { ...what, times }));
        });
        return { cpu: cpu / 1e6 / ((times * bytes) / 1e9), rate: (times * bytes) / 1e6 / seconds };
      };
      const down = await move('down');
      const up = await move('up');
      return {
        downRate: down.rate,
        upRate: up.rate,
        ...(proxy !== undefined && { down: down.cpu, up: up.cpu }),
      };
    }),
};
