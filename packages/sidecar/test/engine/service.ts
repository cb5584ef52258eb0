import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import { readMessage, type StrictMessage } from './strict-message.ts';

/** A request as the service got it: whole, or only its head so far. */
export interface Received extends StrictMessage {
  readonly method: string;
  readonly target: string;
  /** Which connection brought it, from 0. */
  readonly connection: number;
}

/** What a service does. */
export interface ServiceBehaviour {
  /** Answers a whole request. Default: `200` with `ok`. */
  readonly answer?: (request: Received, socket: Socket) => void;
  /** Sees every chunk before it is read as HTTP; true takes it over. */
  readonly onData?: (chunk: Buffer, socket: Socket, connection: number) => boolean;
  /** What it takes (ALPN). Default HTTP/1.1. */
  readonly protocols?: readonly string[];
  /** Sees every connection as it is made. */
  readonly onConnection?: (socket: Socket) => void;
}

/** A recording service. */
export interface Service {
  readonly port: number;
  readonly requests: Received[];
  /** Content bytes of all connections, in order of arrival. */
  readonly received: () => Buffer;
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** What was no request by the strict reader. */
  readonly violations: Error[];
  /** Forgets what it got. */
  forget(): void;
}

/** Writes a whole response. */
export function reply(socket: Socket, head: string, body: string | Buffer = ''): void {
  socket.write(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.from(body)]));
}

const ok = (_request: Received, socket: Socket) =>
  reply(socket, 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2', 'ok');

/** Starts a service on TLS with `identity`, or in clear without one. */
export async function startService(
  identity: { readonly cert: string; readonly key: string } | undefined,
  { answer = ok, onData, onConnection, protocols = ['http/1.1'] }: ServiceBehaviour = {},
  atEnd: (end: () => void) => void = onTestFinished,
): Promise<Service> {
  const chunks: Buffer[] = [];
  const requests: Received[] = [];
  const violations: Error[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const serve = (socket: Socket) => {
    const connection = connections;
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    onConnection?.(socket);
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      if (onData?.(chunk, socket, connection) === true) return;
      chunks.push(chunk);
      pending = Buffer.concat([pending, chunk]);
      try {
        for (;;) {
          const read = readMessage(pending, { kind: 'request' });
          if (read === undefined) return;
          pending = read.rest;
          const [method = '', target = ''] = read.message.startLine.split(' ');
          const request = { ...read.message, method, target, connection };
          requests.push(request);
          answer(request, socket);
        }
      } catch (error) {
        violations.push(error as Error);
        socket.destroy();
      }
    });
  };
  const server =
    identity === undefined
      ? net.createServer(serve)
      : tls
          .createServer({ ...identity, ALPNProtocols: [...protocols] }, serve)
          .on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    violations,
    received: () => Buffer.concat(chunks),
    connections: () => connections,
    open: () => sockets.size,
    forget() {
      for (const list of [chunks, requests, violations]) list.length = 0;
    },
  };
}
