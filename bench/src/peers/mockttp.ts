import { join } from 'node:path';
import { packageVersions, programOf } from './installation.ts';
import type { Peer } from './peer.ts';

/** mockttp that passes everything on. */
export const mockttp: Peer = {
  name: 'mockttp',
  title: 'mockttp, passthrough',
  role: 'inject',
  isForScale: true,
  needsConnect: true,
  pace: 0.1,
  remark:
    'mockttp is reached by CONNECT, which comes with each new connection. It trusts the upstream’s CA by NODE_EXTRA_CA_CERTS: its own setting reads every root again for each connection.',
  versions: () => packageVersions('mockttp'),
  launch: ({ site, port }) => ({
    command: [
      process.execPath,
      programOf('mockttp-proxy'),
      JSON.stringify({ port, certFile: site.caFile, keyFile: join(site.caDir, 'ca-key.pem') }),
    ],
    env: { NODE_EXTRA_CA_CERTS: site.caFile },
  }),
};
