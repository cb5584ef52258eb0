import { join } from 'node:path';
import { sourceMain } from '../homes.ts';
import { builtState, layInstalled, publishedCommand } from '../installed.ts';
import type { Front, Peer } from './peer.ts';

/** The sidecar as an installation has it. */
export const sidecar = sidecarFrom({
  name: 'sidecar',
  title: 'this sidecar, as published',
  obstacle: missing,
  mainFor: ({ directory }) => join(layInstalled(join(directory, 'installed')), publishedCommand()),
});

/** The sidecar from its sources. */
export const sidecarSource = sidecarFrom({
  name: 'sidecar-src',
  title: 'this sidecar, from its sources',
  mainFor: () => sourceMain,
});

/** The sidecar as an installation has it, but module by module. */
export const sidecarModules = sidecarFrom({
  name: 'sidecar-modules',
  title: 'this sidecar, its modules',
  obstacle: missing,
  mainFor: ({ directory }) => join(layInstalled(join(directory, 'installed')), 'dist/main.js'),
});

function missing(): string | undefined {
  return builtState() === 'missing' ? 'dist not found (pnpm build)' : undefined;
}

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
