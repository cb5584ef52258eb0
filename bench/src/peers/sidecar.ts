import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sourceMain } from '../homes.ts';
import { builtState, layInstalled, packagesDirectory } from '../installed.ts';
import type { Front, Peer } from './peer.ts';

/** The sidecar as an installation has it. */
export const sidecar = sidecarFrom({
  name: 'sidecar',
  title: 'this sidecar, as installed (`dist`)',
  obstacle: () => (builtState() === 'missing' ? 'dist not found (pnpm build)' : undefined),
  mainFor: ({ directory }) => layInstalled(join(directory, 'installed')),
});

/** The sidecar from its sources. */
export const sidecarSource = sidecarFrom({
  name: 'sidecar-src',
  title: 'this sidecar, from its sources',
  mainFor: () => sourceMain,
});

const bundleMain = join(packagesDirectory, 'sidecar/dist/bundle/main.js');

/** The sidecar as one file. */
export const sidecarBundle = sidecarFrom({
  name: 'sidecar-bundle',
  title: 'this sidecar, one file',
  obstacle: () => (existsSync(bundleMain) ? undefined : 'no bundle has been built'),
  mainFor: () => bundleMain,
});

interface SidecarForm extends Pick<Peer, 'name' | 'title' | 'obstacle'> {
  /** The path of the `pai` command. */
  readonly mainFor: (front: Front) => string;
}

function sidecarFrom({ mainFor, ...form }: SidecarForm): Peer {
  return {
    ...form,
    role: 'inject',
    isExtra: form.name !== 'sidecar',
    launch: (front) => {
      const { site, service, home, port, upstreamPort, directory } = front;
      const selection = service.name === 'api' ? home.selection : ['--provider', service.provider];
      const command = [
        process.execPath,
        mainFor(front),
        'sidecar',
        ...['--home', home.directory],
        ...['--ca-dir', site.caDir],
        ...selection,
        ...['--listen', `127.0.0.1:${port}`],
        ...['--upstream', `${service.host}=127.0.0.1:${upstreamPort}`],
        ...['--upstream-ca', site.caFile],
        ...['--audit-log', join(directory, 'audit.jsonl')],
      ];
      return { command };
    },
  };
}
