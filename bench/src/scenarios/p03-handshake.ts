import { amountFor, cpuOf, onWay, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

/** What a new connection costs. */
export const handshake: Scenario = {
  id: 'p3',
  title: 'CPU of a new connection',
  method:
    'New connections, four at a time, each with a full TLS 1.3 handshake and one GET: 6,000 to warm up, so that V8 has compiled what it will, then 1,000 that count. Beside them, what they cost until then: the first 600 after 200, and those from the 3,000th to the 4,000th, while V8 compiles most. ECDSA P-256, but for srt and mockttp, whose leaves are RSA.',
  measures: [
    { name: 'cpu', title: 'CPU, us a connection', digits: 0 },
    { name: 'cold', title: 'CPU of the first ones, us', digits: 0 },
    { name: 'warming', title: 'CPU after 3,000, us', digits: 0 },
    { name: 'p50', title: 'p50, us', digits: 0 },
  ],
  peers: ['direct', 'sidecar', 'nginx', 'haproxy', 'bare-splice', 'go', 'fastify', 'srt', 'mitmproxy'],
  rounds: 3,
  measure: (peer, rig, plan) =>
    onWay(rig, peer, api, async ({ target, proxy }) => {
      const shake = async (connections: number) => {
        const count = Math.max(20, amountFor(peer, plan, connections));
        let p50 = 0;
        const used = await cpuOf(proxy, plan, async () => {
          const once = { target, hosts: [target.host], lanes: 4, asks: true, count };
          ({ p50 } = await rig.load().do('handshakes', once));
        });
        return { p50, cpu: used / count };
      };
      await shake(200);
      const { cpu: cold } = await shake(600);
      await shake(2_200);
      const { cpu: warming } = await shake(1_000);
      await shake(2_000);
      const { cpu, p50 } = await shake(1_000);
      return { p50, ...(proxy !== undefined && { cpu, cold, warming }) };
    }),
};
