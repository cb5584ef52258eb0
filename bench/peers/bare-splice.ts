import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { realToken } from '../src/exchange.ts';
import { createBareHttp2 } from './bare-http2.ts';
import { readFront } from './front.ts';
import { createLeastClient } from './least-client.ts';

const front = readFront();
const send = createLeastClient(front);
const acceptHttp2 = createBareHttp2(send);
const server = {
  cert: readFileSync(front.certFile),
  key: readFileSync(front.keyFile),
  ALPNProtocols: ['h2', 'http/1.1'],
  noDelay: true,
};

tls
  .createServer(server, (agent) => (agent.alpnProtocol === 'h2' ? acceptHttp2(agent) : accept(agent)))
  .listen({ host: '127.0.0.1', port: front.port, backlog: 4_096 });

function accept(agent: tls.TLSSocket): void {
  let asked = '';
  agent.on('error', () => {});
  agent.on('data', (chunk) => {
    asked += chunk.toString('latin1');
    if (!asked.endsWith('\r\n\r\n')) return;
    const head = copy(asked.slice(0, -2), `authorization: token ${realToken}\r\n`);
    asked = '';
    send(head, {
      receive(answered, content) {
        agent.write(`${copy(answered, 'Connection: keep-alive\r\n')}${content}`, 'latin1');
      },
      onLost: () => void agent.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'),
    });
  });
}

/** The head, line by line, without what a proxy takes off; `added` comes last. */
function copy(head: string, added: string): string {
  let at = head.indexOf('\r\n') + 2;
  let copied = head.slice(0, at);
  while (at < head.length) {
    const end = head.indexOf('\r\n', at) + 2;
    const name = head.slice(at, head.indexOf(':', at)).toLowerCase();
    if (name !== 'authorization' && name !== 'connection') copied += head.slice(at, end);
    at = end;
  }
  return `${copied}${added}\r\n`;
}
