import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realToken } from '../exchange.ts';
import { obstacleOf, versionOf } from './installation.ts';
import type { Front, Peer } from './peer.ts';

/** HAProxy that does what the sidecar does, less policy and audit. */
export const haproxy: Peer = {
  name: 'haproxy',
  title: 'HAProxy, one thread',
  role: 'inject',
  isForScale: true,
  obstacle: () => obstacleOf('haproxy', ['-v'], 'apt-get install haproxy'),
  versions: () => ({ haproxy: versionOf('haproxy', ['-v']) }),
  launch: (front) => {
    const { certificate, directory } = front;
    const pem = join(directory, 'leaf.pem');
    writeFileSync(
      pem,
      readFileSync(certificate.certFile, 'utf8') + readFileSync(certificate.keyFile, 'utf8'),
      {
        mode: 0o600,
      },
    );
    const file = join(directory, 'haproxy.cfg');
    writeFileSync(file, configuration(front, pem));
    return { command: ['haproxy', '-db', '-f', file] };
  },
};

function configuration({ site, service, upstreamPort, port }: Front, pem: string): string {
  return `global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend agents
  bind 127.0.0.1:${port} ssl crt ${pem} alpn h2,http/1.1
  http-request set-header Authorization "Bearer ${realToken}"
  http-request set-header Host ${service.host}
  default_backend service
backend service
  http-reuse always
  server one 127.0.0.1:${upstreamPort} ssl verify required ca-file ${site.caFile} sni str(${service.host}) verifyhost ${service.host}
`;
}
