import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageVersions, programOf } from './installation.ts';
import type { Peer } from './peer.ts';

const caFile = 'srt-ca.pem';

/** The proxy of Anthropic's sandbox. */
export const srt: Peer = {
  name: 'srt',
  title: '@anthropic-ai/sandbox-runtime',
  role: 'inject',
  isForScale: true,
  needsConnect: true,
  caFile,
  pace: 0.5,
  remark:
    'srt takes only CONNECT, which comes with each new connection, and only an RSA CA; it has filterRequest and mutateHeaders.',
  versions: () => packageVersions('@anthropic-ai/sandbox-runtime'),
  launch: async ({ site, directory, port }) => {
    const caCertPath = join(directory, caFile);
    const caKeyPath = join(directory, 'srt-ca.key');
    if (!existsSync(caCertPath)) await writeCa(caCertPath, caKeyPath);
    const options = { port, upstreamCaFile: site.caFile, caCertPath, caKeyPath };
    return { command: [process.execPath, programOf('srt-proxy'), JSON.stringify(options)] };
  },
};

/** Once a site, as an installation would: making an RSA key is no part of a start. */
async function writeCa(certFile: string, keyFile: string): Promise<void> {
  const { generateCa } = await import('@anthropic-ai/sandbox-runtime');
  const { certPem, keyPem } = generateCa();
  writeFileSync(certFile, certPem);
  writeFileSync(keyFile, keyPem, { mode: 0o600 });
}
