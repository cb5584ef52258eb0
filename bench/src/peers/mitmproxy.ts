import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realToken } from '../exchange.ts';
import { localName } from '../services.ts';
import { obstacleOf, versionOf } from './installation.ts';
import type { Peer } from './peer.ts';

/** mitmproxy with an addon of one line. */
export const mitmproxy: Peer = {
  name: 'mitmproxy',
  title: 'mitmproxy, one-line addon',
  role: 'inject',
  isForScale: true,
  pace: 0.05,
  remark: 'mitmproxy reads whole bodies before it sends them on, as it does unless it is told otherwise.',
  obstacle: () => obstacleOf('mitmdump', ['--version'], 'apt-get install mitmproxy'),
  versions: () => ({ mitmproxy: versionOf('mitmdump', ['--version']) }),
  launch: ({ site, certificate, directory, port, upstreamPort }) => {
    const addon = join(directory, 'addon.py');
    const pem = join(directory, 'leaf.pem');
    writeFileSync(
      addon,
      `def request(flow): flow.request.headers["authorization"] = "Bearer ${realToken}"\n`,
    );
    writeFileSync(
      pem,
      readFileSync(certificate.keyFile, 'utf8') + readFileSync(certificate.certFile, 'utf8'),
      {
        mode: 0o600,
      },
    );
    const settings = [
      `confdir=${directory}`,
      'keep_host_header=true',
      `ssl_verify_upstream_trusted_ca=${site.caFile}`,
    ];
    const command = [
      ...['mitmdump', '--quiet', '--listen-host', '127.0.0.1', '--listen-port', String(port)],
      ...['--mode', `reverse:https://${localName}:${upstreamPort}`, '--certs', `*=${pem}`, '-s', addon],
      ...settings.flatMap((setting) => ['--set', setting]),
    ];
    return { command };
  },
};
