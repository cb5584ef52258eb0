import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realToken } from '../exchange.ts';
import { obstacleOf, versionOf } from './installation.ts';
import type { Front, Peer } from './peer.ts';

/** nginx that does what the sidecar does, less policy and audit. */
export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx, one worker, unbuffered',
  role: 'inject',
  obstacle: () => obstacleOf('nginx', ['-v'], 'apt-get install nginx-light'),
  versions: () => ({ nginx: versionOf('nginx', ['-v']) }),
  launch: (front) => {
    const file = join(front.directory, 'nginx.conf');
    writeFileSync(file, configuration(front));
    return { command: ['nginx', '-c', file, '-e', join(front.directory, 'error.log')] };
  },
};

function configuration({ site, service, certificate, directory, upstreamPort, port }: Front): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 16000; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join('\n  ')}
  keepalive_requests 100000000;
  client_max_body_size 0;
  upstream service { server 127.0.0.1:${upstreamPort}; keepalive 1024; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${certificate.certFile};
    ssl_certificate_key ${certificate.keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {
      proxy_pass https://service;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 1h;
      proxy_set_header Host ${service.host};
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${realToken}";
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${site.caFile};
      proxy_ssl_server_name on;
      proxy_ssl_name ${service.host};
    }
  }
}
`;
}
