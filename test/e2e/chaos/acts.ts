import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Way } from './ways.ts';

/** What an agent does on a connection of its own, which is closed after it. */
export type Act = (way: Way, random: Random) => Promise<void>;

const block = Buffer.alloc(64 << 10);

/** Reads for so many milliseconds, or until the end. */
async function read(socket: Duplex, milliseconds: number): Promise<void> {
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([closed, delay(milliseconds)]);
}

const key = 'sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==\r\nsec-websocket-version: 13\r\n';
const doubtful = [
  'GET / HTTP/1.1\r\nhost: a b\r\n\r\n',
  '\0\0\0',
  'GET  / HTTP/1.1\r\n\r\n',
  'GET /x HTTP/1.1\r\nhost: api.example.com\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
  'GET /x HTTP/1.1\r\nho',
];

/** Over HTTP/1.1: most of them break off. */
export const acts: Readonly<Record<string, Act>> = {
  async 'leaves in the middle of a response'({ socket, head }, random) {
    socket.write(head('GET', `/bytes/${random.below(20_000_000)}`));
    await read(socket, random.below(60));
  },
  async 'does not read'({ socket, head }, random) {
    socket.write(head('GET', '/bytes/20000000'));
    socket.pause();
    await delay(random.below(400));
    if (random.below(2) === 0) await read(socket, 100);
  },
  async 'leaves in the middle of its content'({ socket, head }, random) {
    socket.write(head('PUT', '/bytes/0', 'content-length: 50000000\r\n'));
    for (let i = random.below(30); i > 0; i -= 1) socket.write(block);
    await delay(random.below(40));
  },
  async 'breaks its chunks'({ socket, head }, random) {
    socket.write(head('PUT', '/bytes/0', 'transfer-encoding: chunked\r\n'));
    for (let i = 0; i < 20; i += 1) socket.write(random.below(30) === 0 ? 'zz\r\n' : '5\r\nhello\r\n');
    socket.write('0\r\n\r\n');
    await read(socket, 60);
  },
  async 'hears events'({ socket, head }, random) {
    socket.write(head('GET', '/events'));
    await read(socket, random.below(600));
  },
  async 'closes its half'({ socket, head }) {
    socket.end(head('GET', '/bytes/100000'));
    await read(socket, 100);
  },
  async 'sends what is no request'({ socket }, random) {
    socket.write(random.pick(doubtful));
    await read(socket, 50);
  },
  async 'is denied'({ socket, head }) {
    socket.write(head('DELETE', '/bytes/1'));
    await read(socket, 30);
  },
  async 'sends all at once'({ socket, head }, random) {
    socket.write(head('GET', '/trailers/3000').repeat(10));
    await read(socket, random.below(60));
  },
  async 'waits to be told to go on'({ socket, head }, random) {
    socket.write(head('PUT', '/bytes/0', 'expect: 100-continue\r\ncontent-length: 5\r\n'));
    await read(socket, 20);
    if (random.below(2) === 0) socket.write('12345');
    await read(socket, 20);
  },
  async 'switches protocols'({ socket, head }, random) {
    socket.write(head('GET', '/', `connection: upgrade\r\nupgrade: websocket\r\n${key}`));
    await read(socket, 30);
    if (random.below(2) === 0) socket.write(Buffer.from('8180000000006100', 'hex'));
    await read(socket, random.below(30));
  },
  async 'waits for what does not come'({ socket, head }, random) {
    const isLoaded = random.below(2) === 0;
    socket.write(isLoaded ? head('PUT', '/stall', 'content-length: 100000000\r\n') : head('GET', '/stall'));
    // Little enough for the connection to hold: who leaves behind content that nobody takes is seen after minutes only.
    if (isLoaded) socket.write(block);
    await read(socket, random.below(300));
  },
  async 'meets a service that breaks off'({ socket, head }, random) {
    socket.write(head('GET', random.pick(['/cut/5000', '/gone', '/cut/300000'])));
    await read(socket, 40);
  },
  async 'is answered early'({ socket, head }, random) {
    socket.write(head('PUT', '/early', 'content-length: 2000000\r\n'));
    for (let i = random.below(30); i > 0; i -= 1) socket.write(block);
    await read(socket, 40);
  },
};

const paths = ['/events', '/stall', '/bytes/5000000', '/cut/5000', '/early', '/trailers/30', '/bytes/900'];

/** Over HTTP/2: twenty streams, of which some are given up. */
export const overHttp2: Act = async ({ socket }, random) => {
  const session = http2.connect('https://api.example.com', { createConnection: () => socket });
  session.on('error', () => {});
  const stream = async () => {
    const isUpload = random.below(4) === 0;
    // The service gets gRPC over HTTP/2, and all else over HTTP/1.1.
    const kind = random.below(3) === 0 ? { 'content-type': 'application/grpc', te: 'trailers' } : {};
    const head = { ':path': random.pick(paths), ':method': isUpload ? 'PUT' : 'GET', ...kind };
    const isRead = random.below(3) > 0;
    const [patience, code] = [random.below(150), random.pick([0, 8])];
    if (session.destroyed) return;
    const request = session.request(head, { endStream: !isUpload }).on('error', () => {});
    if (isUpload) request.write(block);
    if (isRead) request.resume();
    await delay(patience);
    if (!request.destroyed) request.close(code);
  };
  await Promise.all(Array.from({ length: 20 }, stream));
  if (random.below(2) === 0) session.close();
  else session.destroy();
  await delay(20);
  session.destroy();
};
