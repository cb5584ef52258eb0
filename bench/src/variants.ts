import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { host, placeholder, realToken } from './exchange.ts';
import { builtState, layInstalled } from './installed.ts';
import { layNginx } from './nginx.ts';
import { type Site, sourceMain } from './site.ts';

/** One way from the agent to the service. */
export interface Variant {
  readonly name: string;
  /** What it is, for the table. */
  readonly title: string;
  /** What the agent sends as its credential. */
  readonly token: string;
  /** Why it cannot be measured here, if it cannot. */
  readonly obstacle?: () => string | undefined;
  /** The command of its proxy; none for the direct way. */
  readonly command?: (site: Site, upstreamPort: number, port: number) => readonly string[];
}

/** Every variant, in the order of the table. */
export const variants: readonly Variant[] = [
  { name: 'direct', title: 'direct: no proxy', token: realToken },
  {
    name: 'sidecar',
    title: 'this sidecar, as installed (`dist`)',
    token: placeholder,
    obstacle: () => (builtState() === 'missing' ? 'dist not found; run pnpm build' : undefined),
    command: (site, upstreamPort, port) =>
      sidecarCommand(layInstalled(join(site.directory, 'installed')), site, upstreamPort, port),
  },
  {
    name: 'sidecar-src',
    title: 'this sidecar, from its sources',
    token: placeholder,
    command: (site, upstreamPort, port) => sidecarCommand(sourceMain, site, upstreamPort, port),
  },
  {
    name: 'fastify',
    title: 'fastify + @fastify/http-proxy, verifying',
    token: placeholder,
    command: ({ caFile, certFile, keyFile }, upstreamPort, port) => [
      process.execPath,
      fileURLToPath(new URL('fastify-proxy.ts', import.meta.url)),
      String(port),
      String(upstreamPort),
      caFile,
      certFile,
      keyFile,
    ],
  },
  {
    name: 'nginx',
    title: 'nginx, one worker, verifying',
    token: placeholder,
    obstacle: () => (spawnSync('nginx', ['-v']).error === undefined ? undefined : 'nginx not found'),
    command: (site, upstreamPort, port) => ['nginx', '-c', layNginx(site, upstreamPort, port)],
  },
];

function sidecarCommand(main: string, site: Site, upstreamPort: number, port: number): string[] {
  return [
    process.execPath,
    main,
    'sidecar',
    ...['--home', site.home],
    ...['--ca-dir', site.caDir],
    ...['--provider', 'github-writer'],
    ...['--listen', `127.0.0.1:${port}`],
    ...['--upstream', `${host}=127.0.0.1:${upstreamPort}`],
    ...['--upstream-ca', site.caFile],
    ...['--audit-log', join(site.directory, 'audit.jsonl')],
  ];
}
