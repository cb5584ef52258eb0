import http2, {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { realToken } from '../src/exchange.ts';
import type { createLeastClient } from './least-client.ts';

/** The least that takes requests over HTTP/2 to `send`: gives what takes a connection that has chosen it. */
export function createBareHttp2(send: ReturnType<typeof createLeastClient>): (agent: TLSSocket) => void {
  const answer = (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    send(requestOf(fields), {
      receive(answered, content) {
        stream.respond(fieldsOf(answered));
        stream.end(content, 'latin1');
      },
      onLost: () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    });
  };
  const server = http2.createServer().on('stream', answer);
  return (agent) => void server.emit('connection', agent);
}

function requestOf(fields: IncomingHttpHeaders): string {
  let head = `${fields[':method']} ${fields[':path']} HTTP/1.1\r\nhost: ${fields[':authority']}\r\n`;
  for (const name in fields) {
    if (name !== 'authorization' && !name.startsWith(':')) head += `${name}: ${fields[name]}\r\n`;
  }
  return `${head}authorization: token ${realToken}\r\n\r\n`;
}

function fieldsOf(head: string): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = { ':status': 200 };
  let at = head.indexOf('\r\n') + 2;
  while (at < head.length) {
    const end = head.indexOf('\r\n', at);
    const colon = head.indexOf(':', at);
    fields[head.slice(at, colon).toLowerCase()] = head.slice(colon + 2, end);
    at = end + 2;
  }
  return fields;
}
