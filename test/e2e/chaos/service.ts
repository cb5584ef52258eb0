import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import type https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type tls from 'node:tls';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';

/** What the service has seen. */
export interface Seen {
  requests: number;
  /** Requests without the credential. */
  strangers: number;
}

/** A service that answers, dawdles, stalls, answers early and breaks off, over HTTP/1.1 and HTTP/2. Ends with the test. */
export async function startService(
  identity: tls.SecureContextOptions,
  token: string,
): Promise<{ readonly port: number; readonly seen: Seen }> {
  const seen: Seen = { requests: 0, strangers: 0 };
  const sockets = new Set<Socket>();
  const server = http2.createSecureServer({ ...identity, allowHTTP1: true }, (request, response) => {
    seen.requests += 1;
    if (request.headers.authorization !== `Bearer ${token}`) seen.strangers += 1;
    request.on('error', () => {});
    // What it has of both protocols is all that is used.
    answer(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  server.on('sessionError', () => {});
  new WebSocketServer({ server: server as unknown as https.Server }).on('connection', (socket) => {
    socket.on('error', () => {}).on('message', (data) => socket.send(data));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1', 1_000);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, kind = '', size = '0'] = (request.url ?? '').split('/');
  const piece = Buffer.alloc(Number(size), 'x');
  if (kind === 'stall') return;
  if (kind === 'early') return void response.writeHead(413).end('no');
  if (kind === 'cut') {
    response.writeHead(200, { 'content-length': piece.length + 1 }).write(piece);
    return void setTimeout(() => request.socket.destroy(), 5);
  }
  if (kind === 'gone') return void request.socket.destroy();
  if (kind === 'events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write('data: tick\n\n'), 20);
    return void response.once('close', () => clearInterval(timer));
  }
  if (kind === 'trailers') {
    response.writeHead(200, { trailer: 'x-sum' }).write(piece);
    response.addTrailers({ 'x-sum': '1' });
    return void response.end();
  }
  request.resume().once('end', () => response.end(piece));
}
