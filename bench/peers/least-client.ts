import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { FrontOptions } from './front.ts';

/** Who waits for a response. */
export interface Asker {
  /** Takes its head up to the empty line, and its content. */
  receive(head: string, content: string): void;
  /** There will be none. */
  onLost(): void;
}

/** A connection to the service, and who has it. */
interface Line {
  readonly socket: tls.TLSSocket;
  asker: Asker;
  /** What has come of the response. */
  text: string;
}

/**
 * The least that sends the head of a GET to the service over pooled TLS, and reads a response whose content has a length.
 * It checks nothing but the service's certificate.
 */
export function createLeastClient({ upstreamPort, host, caFile }: FrontOptions) {
  const secureContext = tls.createSecureContext({ ca: readFileSync(caFile) });
  const idle: Line[] = [];

  const open = (asker: Asker): Line => {
    const socket = tls.connect({ host: '127.0.0.1', port: upstreamPort, servername: host, secureContext });
    socket.setNoDelay(true);
    const line: Line = { socket, asker, text: '' };
    socket.on('data', (chunk) => read(line, chunk));
    socket.on('error', () => line.asker.onLost());
    return line;
  };
  const read = (line: Line, chunk: Buffer) => {
    line.text += chunk.toString('latin1');
    const end = line.text.indexOf('\r\n\r\n');
    const length = /\r\ncontent-length: (\d+)/i.exec(line.text)?.[1];
    if (end === -1 || line.text.length < end + 4 + Number(length)) return;
    const { text, asker } = line;
    line.text = '';
    idle.push(line);
    asker.receive(text.slice(0, end + 2), text.slice(end + 4));
  };

  return (head: string, asker: Asker): void => {
    const line = idle.pop() ?? open(asker);
    line.asker = asker;
    line.socket.write(head, 'latin1');
  };
}
