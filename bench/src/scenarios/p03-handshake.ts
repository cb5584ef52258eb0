import { amountFor, cpuOf, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** What a new connection costs. */
export const handshake: Scenario = {
  id: 'p3',
  title: 'CPU of a new connection',
  method:
    'New connections, four at a time, each with a full TLS 1.3 handshake and one GET: 200 to warm up, then 600 that count. ECDSA P-256, but for srt and mockttp, whose leaves are RSA.',
  measures: [
    { name: 'cpu', title: 'CPU, us a connection', digits: 0 },
    { name: 'p50', title: 'p50, us', digits: 0 },
  ],
  peers: ['direct', 'sidecar', 'nginx', 'haproxy', 'go', 'fastify', 'srt', 'mitmproxy'],
  rounds: 3,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, api, async ({ target, proxy }) => {
      const once = { target, hosts: [target.host], lanes: 4, asks: true };
      const count = Math.max(20, amountFor(peer, plan, 600));
      await rig.load().do('handshakes', { ...once, count: Math.max(20, amountFor(peer, plan, 200)) });
      let p50 = 0;
      const cpu = await cpuOf(proxy, plan, async () => {
        ({ p50 } = await rig.load().do('handshakes', { ...once, count }));
      });
      return { p50, ...(proxy !== undefined && { cpu: cpu / count }) };
    }),
};
