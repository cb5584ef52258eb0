import { join } from 'node:path';
import { packageVersions, programOf } from './installation.ts';
import type { Peer } from './peer.ts';

const caFile = 'srt-ca.pem';

/** The proxy of Anthropic's sandbox. */
export const srt: Peer = {
  name: 'srt',
  title: '@anthropic-ai/sandbox-runtime',
  role: 'inject',
  needsConnect: true,
  caFile,
  pace: 0.5,
  remark:
    'srt takes only CONNECT, which comes with each new connection, and only an RSA CA; it has filterRequest and mutateHeaders.',
  versions: () => packageVersions('@anthropic-ai/sandbox-runtime'),
  launch: ({ site, directory, port }) => ({
    command: [
      process.execPath,
      programOf('srt-proxy.ts'),
      JSON.stringify({ port, caFile: site.caFile, ownCaFile: join(directory, caFile) }),
    ],
  }),
};
