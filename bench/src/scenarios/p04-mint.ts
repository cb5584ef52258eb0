import { join } from 'node:path';
import { numberedHost } from '../homes.ts';
import { measureInProcess } from '../in-process.ts';
import type { Peer } from '../peers/peer.ts';
import type { Plan } from '../plan.ts';
import type { Rig } from '../rig.ts';
import { amountFor, cpuOf, onWay, type Sample, type Scenario } from '../scenario.ts';
import { api } from '../services.ts';

const configured = 200;

/** What a host that was never seen costs beyond the connection. */
export const mint: Scenario = {
  id: 'p4',
  title: 'first connection to a host',
  method: `CPU of handshakes with ${configured} server names for the first time, less the mean of as many with names that were seen, before and after them; after 5,000 of another host, by when V8 has compiled most: what it costs to make a leaf and its context. Configured hosts are those of ${configured} Providers. selfsigned does it in a loop of its own.`,
  measures: [
    { name: 'unseen', title: 'host never seen, CPU us', digits: 0 },
    { name: 'configured', title: 'configured host, CPU us', digits: 0 },
  ],
  hasNoRatio: true,
  peers: ['sidecar', 'selfsigned'],
  rounds: 2,
  measure: (peer, rig, plan) => (peer.role === 'library' ? library(rig, plan) : minting(peer, rig, plan)),
};

function library({ site }: Rig, plan: Plan): Promise<Sample> {
  const count = amountFor({}, plan, 100);
  return measureInProcess('selfsigned-mint', site.caFile, join(site.caDir, 'ca-key.pem'), String(count));
}

async function minting(peer: Peer, rig: Rig, plan: Plan): Promise<Sample> {
  const home = await rig.site.largeHome(configured, 1);
  return onWay(
    rig,
    peer,
    api,
    async ({ target, proxy }) => {
      const count = Math.max(5, amountFor(peer, plan, configured));
      const shake = (hosts: readonly string[]) =>
        rig.load().do('handshakes', { target, hosts, count: hosts.length, lanes: 1, asks: false });
      const cpuFor = (hosts: readonly string[]) => cpuOf(proxy, plan, () => shake(hosts));
      const named = (name: (i: number) => string) => Array.from({ length: count }, (_, i) => name(i));
      const seen = named((i) => `warm-up-${i}.example.org`);
      const first = async (hosts: readonly string[]) => {
        const before = await cpuFor(seen);
        const fresh = await cpuFor(hosts);
        const after = await cpuFor(seen);
        return Math.max(0, fresh - (before + after) / 2) / hosts.length;
      };
      await shake(Array.from({ length: amountFor(peer, plan, 5_000) }, () => target.host));
      await shake(seen);
      return {
        configured: await first(named(numberedHost)),
        unseen: await first(named((i) => `never-seen-${i}.example.org`)),
      };
    },
    { home },
  );
}
