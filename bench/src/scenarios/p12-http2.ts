import { amountFor, cpuOf, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

const sessions = 8;
const http2Streams = 32;

/** Agents that speak HTTP/2. */
export const http2: Scenario = {
  id: 'p12',
  title: `HTTP/2 agents, ${sessions} connections of ${http2Streams} streams`,
  method:
    'The GET of P1 over HTTP/2 to the proxy, HTTP/1.1 from there: 20,000 to warm up, then 8,000 that count.',
  measures: [
    { name: 'cpu', title: 'CPU, us a request', digits: 1 },
    { name: 'rate', title: 'requests a second', digits: 0 },
  ],
  peers: ['sidecar', 'nginx', 'haproxy', 'bare-splice', 'go'],
  rounds: 2,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, api, async ({ target, proxy }) => {
      const requests = amountFor(peer, plan, 8_000);
      await rig.load().do('open', { target, connections: sessions, http2Streams });
      await rig.load().do('run', { requests: amountFor(peer, plan, 20_000) });
      let rate = 0;
      const cpu = await cpuOf(proxy, plan, async () => {
        rate = requests / (await rig.load().do('run', { requests })).seconds;
      });
      return { rate, ...(proxy !== undefined && { cpu: cpu / requests }) };
    }),
};
