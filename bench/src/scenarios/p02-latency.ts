import { amountFor, comparedPeers, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** What a proxy adds to one request at a time. */
export const latency: Scenario = {
  id: 'p2',
  title: 'latency, one connection',
  method: 'The same GET on one kept-alive connection: 20,000 to warm up, then 3,000 that count.',
  measures: [
    { name: 'p50', title: 'p50, us', digits: 0 },
    { name: 'p99', title: 'p99, us', digits: 0 },
  ],
  peers: [...comparedPeers, 'bare-splice'],
  rounds: 3,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, api, async ({ target }) => {
      await rig.load().do('open', { target, connections: 1 });
      await rig.load().do('run', { requests: amountFor(peer, plan, 20_000) });
      const { p50, p99 } = await rig.load().do('run', { requests: amountFor(peer, plan, 3_000) });
      return { p50, p99 };
    }),
};
