import type { Duplex } from 'node:stream';
import { vi } from 'vitest';
import type { Line } from './agent.ts';
import { httpProvider } from './rig.ts';

/** A Provider of `api.example.com` that lets requests switch to WebSocket. */
export const switching = httpProvider('api', '  config: {upgrades: [websocket]}\n');

/** The handshake of RFC 6455 section 1.3, without its last empty line. */
export const handshake = `GET /chat HTTP/1.1\r
Host: api.example.com\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
Sec-WebSocket-Version: 13\r
`;

/** The answer to it, without its last empty line. */
export const accepted = `HTTP/1.1 101 Switching Protocols\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
`;

/** Everything that comes on a connection that is no HTTP any more. */
export interface Ear {
  readonly text: () => string;
  readonly length: () => number;
  readonly hasEnded: () => boolean;
  /** Waits until `part` has come. */
  hears(part: string): Promise<void>;
}

/** Listens on `socket`. */
export function listenTo(socket: Duplex): Ear {
  const chunks: Buffer[] = [];
  let length = 0;
  let hasEnded = false;
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length;
    // More than that nobody asks for.
    if (length < 1 << 20) chunks.push(chunk);
  });
  socket
    .on('error', () => {})
    .on('end', () => {
      hasEnded = true;
    });
  const text = () => Buffer.concat(chunks).toString('latin1');
  return {
    text,
    length: () => length,
    hasEnded: () => hasEnded,
    hears: (part) =>
      vi.waitFor(
        () => {
          if (!text().includes(part))
            throw new Error(`${JSON.stringify(part)} is not in ${JSON.stringify(text())}`);
        },
        { interval: 5 },
      ),
  };
}

/** Sends the handshake, with `behind` right behind it, and waits for the switch. */
export async function switchOver(line: Line, behind = ''): Promise<Ear> {
  const ear = listenTo(line.socket);
  line.send(`${handshake}\r\n${behind}`);
  await ear.hears('\r\n\r\n');
  return ear;
}
