import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { createFrameReader, type Frame } from './h2-frames.ts';
import type { ServiceBehaviour } from './service.ts';

/** Answers a request of HTTP/2. */
export type H2Answer = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[],
) => void;

/** A service that takes `protocols` and speaks HTTP/2, by Node's own server. */
export function h2Service(answer: H2Answer, settings: http2.Settings = {}): ServiceBehaviour {
  const server = http2.createServer({ settings, maxSessionMemory: 100 });
  server.on('stream', (stream, headers, _flags, raw) => {
    stream.on('error', () => {});
    answer(stream, headers, raw);
  });
  server.on('sessionError', () => {});
  return {
    protocols: ['h2'],
    onConnection: (socket) => void server.emit('connection', socket),
    onData: () => true,
  };
}

/** A service that answers frames with bytes. */
export function frameService(
  onFrame: (frame: Frame, send: (...frames: Buffer[]) => void, socket: Socket) => void,
  greeting: Buffer,
): ServiceBehaviour {
  const readers = new WeakMap<Socket, (chunk: Buffer) => void>();
  return {
    protocols: ['h2'],
    onConnection(socket) {
      const send = (...frames: Buffer[]) => void socket.write(Buffer.concat(frames));
      readers.set(
        socket,
        createFrameReader((frame) => onFrame(frame, send, socket)),
      );
      send(greeting);
    },
    onData(chunk, socket) {
      readers.get(socket)?.(chunk);
      return true;
    },
  };
}
