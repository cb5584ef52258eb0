import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { obstacleOf, sourceOf, versionOf } from './installation.ts';
import type { Peer } from './peer.ts';

/** Go's own reverse proxy. */
export const go: Peer = {
  name: 'go',
  title: 'Go `httputil.ReverseProxy`',
  role: 'inject',
  remark:
    'go keeps up to 2,000 idle connections to the upstream; its default of two would open one a request.',
  obstacle: () => obstacleOf('go', ['version'], 'apt-get install golang-go'),
  versions: () => ({ go: versionOf('go', ['version']) }),
  launch: ({ site, service, certificate, port, upstreamPort }) => ({
    command: [
      build(site.directory),
      `127.0.0.1:${port}`,
      `127.0.0.1:${upstreamPort}`,
      service.host,
      ...[site.caFile, certificate.certFile, certificate.keyFile],
    ],
  }),
};

/** Once a site. */
function build(directory: string): string {
  const program = join(directory, 'go-reverse-proxy');
  if (existsSync(program)) return program;
  const { status, stderr } = spawnSync('go', ['build', '-o', program, sourceOf('reverse-proxy.go')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`go build: ${stderr}`);
  return program;
}
