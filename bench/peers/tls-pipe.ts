import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { readFront } from './front.ts';

const { port, upstreamPort, host, caFile, certFile, keyFile } = readFront();
const secureContext = tls.createSecureContext({ ca: readFileSync(caFile) });

tls
  .createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile), noDelay: true }, (agent) => {
    const upstream = tls.connect({ host: '127.0.0.1', port: upstreamPort, servername: host, secureContext });
    upstream.setNoDelay(true);
    join(agent, upstream);
    join(upstream, agent);
  })
  .listen({ host: '127.0.0.1', port, backlog: 4_096 });

function join(from: tls.TLSSocket, to: tls.TLSSocket): void {
  from.on('data', (chunk) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}
