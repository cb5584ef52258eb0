import tls from 'node:tls';
import { answer } from '../exchange.ts';
import { isGenuine, readIdentity, serve } from './identity.ts';

const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n';

const server = tls.createServer({ ...readIdentity()[0] }, (socket) => {
  let pending = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const heads = (pending + chunk.toString('latin1')).split('\r\n\r\n');
    pending = heads.pop() ?? '';
    for (const head of heads) socket.write(isGenuine(authorizationsOf(head)) ? answer : refusal, 'latin1');
  });
});
serve(server);

function authorizationsOf(head: string): string[] {
  return [...head.matchAll(/\r\nauthorization: ([^\r]*)/gi)].map(([, value = '']) => value);
}
