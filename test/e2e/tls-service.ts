import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { Ca } from '@pai/sidecar';

/** Answers a request of either protocol, as an HTTP/1.1 server would. `host`: lower case, without port. */
export type Handler = (req: IncomingMessage, res: ServerResponse, host: string) => Promise<void> | void;

/** A service of many hosts. */
export interface TlsService {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/** TLS for any server name, HTTP/2 and HTTP/1.1; a handler that throws is answered 500 with what it said. */
export async function startTlsService(ca: Ca, handle: Handler): Promise<TlsService> {
  const contexts = new Map<string, tls.SecureContext>();
  const contextOf = (name: string) => {
    const context = contexts.get(name) ?? tls.createSecureContext(ca.leafFor(name));
    contexts.set(name, context);
    return context;
  };
  const options: http2.SecureServerOptions = {
    ...ca.leafFor('localhost'),
    allowHTTP1: true,
    SNICallback: (name, done) => done(null, contextOf(name)),
  };
  const server = http2.createSecureServer(options, (request, response) => {
    const req = request as unknown as IncomingMessage;
    const res = response as unknown as ServerResponse;
    const authority = req.headers[':authority'] ?? req.headers.host ?? '';
    const host = String(authority).toLowerCase().replace(/:\d+$/, '');
    Promise.resolve(handle(req, res, host)).catch((error: unknown) => {
      console.error('the service failed:', error);
      if (!res.headersSent) res.writeHead(500);
      res.end(String(error));
    });
  });
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** All of a request's body. */
export async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Answers with JSON. */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': `${Buffer.byteLength(text)}`,
    ...headers,
  });
  res.end(text);
}
