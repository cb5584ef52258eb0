import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { answer, realToken } from './exchange.ts';

const [certFile, keyFile] = process.argv.slice(2) as [string, string];

const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n';

const server = tls.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (socket) => {
  let pending = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const heads = (pending + chunk.toString('latin1')).split('\r\n\r\n');
    pending = heads.pop() ?? '';
    for (const head of heads) socket.write(isGenuine(head) ? answer : refusal, 'latin1');
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());

/** Exactly one credential, and it is the real one. */
function isGenuine(head: string): boolean {
  const [first, ...others] = [...head.matchAll(/\r\nauthorization: (?:Bearer|token) (\S+)/gi)];
  return others.length === 0 && first?.[1] === realToken;
}
