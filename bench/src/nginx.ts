import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { host, realToken } from './exchange.ts';
import type { Site } from './site.ts';

/** Writes a configuration that does what the sidecar does, less policy and audit, and gives its path. */
export function layNginx(site: Site, upstreamPort: number, port: number): string {
  const directory = join(site.directory, 'nginx');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(site, directory, upstreamPort, port));
  return file;
}

function configuration(site: Site, directory: string, upstreamPort: number, port: number): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join('\n  ')}
  keepalive_requests 100000000;
  upstream service { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${site.certFile};
    ssl_certificate_key ${site.keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {
      proxy_pass https://service;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_set_header Host ${host};
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${realToken}";
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${site.caFile};
      proxy_ssl_server_name on;
      proxy_ssl_name ${host};
    }
  }
}
`;
}
