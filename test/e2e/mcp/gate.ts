import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Ca } from '@pai/sidecar';

/** TLS and a bearer before servers that ask for neither. */
export interface Gate {
  readonly port: number;
  /** Requests that came without the token, by host. */
  readonly refused: readonly string[];
  /** Content of every request that came with it. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

/** Leads each host to a port of 127.0.0.1, as `localhost`, which is all that some of them serve. */
export async function startGate(ca: Ca, token: string, ports: ReadonlyMap<string, number>): Promise<Gate> {
  const refused: string[] = [];
  const received: string[] = [];
  const contexts = new Map<string, tls.SecureContext>();
  const contextOf = (name: string) => {
    const context = contexts.get(name) ?? tls.createSecureContext(ca.leafFor(name));
    contexts.set(name, context);
    return context;
  };
  const options = {
    ...ca.leafFor('mcp.example'),
    SNICallback: (name: string, done: (error: null, context: tls.SecureContext) => void) =>
      done(null, contextOf(name)),
  };
  const server = https.createServer(options, (request, response) => {
    const host = (request.headers.host ?? '').split(':')[0] ?? '';
    const port = ports.get(host);
    if (request.headers.authorization !== `Bearer ${token}` || port === undefined) {
      refused.push(host);
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => received.push(Buffer.concat(chunks).toString()));
    passOn(request, response, port);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    refused,
    received,
    close: async () => {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}

function passOn(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = request;
  const options = {
    host: '127.0.0.1',
    port,
    method,
    path: url,
    headers: { ...headers, host: `localhost:${port}` },
  };
  const call = http.request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  });
  call.on('error', () => response.destroy());
  response.once('close', () => call.destroy());
  request.pipe(call);
}
