import { measureInProcess } from '../in-process.ts';
import { amountFor, comparedPeers, cpuOf, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

const connections = 64;

/** What a request costs when a core has nothing else to do. */
export const load: Scenario = {
  id: 'p1',
  title: `CPU of a request, ${connections} connections`,
  method: `One GET with a small JSON answer, again and again on ${connections} kept-alive connections: 30,000 to warm up, so that V8 has compiled what it will, then 15,000 that count. The sidecar judges the README's GitHub policy and writes an audit line a request; the others judge and log nothing. What judging and the line cost of it is measured in a loop of its own.`,
  measures: [
    { name: 'cpu', title: 'CPU, us a request', digits: 1 },
    { name: 'rate', title: 'requests a second', digits: 0 },
    { name: 'judging', title: 'of it resolving, policy and audit, us', digits: 1 },
  ],
  peers: [...comparedPeers, 'bare-splice'],
  rounds: 3,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, api, async ({ target, proxy }) => {
      const requests = amountFor(peer, plan, 15_000);
      await rig.load().do('open', { target, connections });
      await rig.load().do('run', { requests: amountFor(peer, plan, 30_000) });
      let rate = 0;
      const cpu = await cpuOf(proxy, plan, async () => {
        rate = requests / (await rig.load().do('run', { requests })).seconds;
      });
      const loops = amountFor(peer, plan, 100_000);
      const own = peer.name.startsWith('sidecar') && (await measureInProcess('judging', String(loops)));
      return { rate, ...(proxy !== undefined && { cpu: cpu / requests }), ...own };
    }),
};
