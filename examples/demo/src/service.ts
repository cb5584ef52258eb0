import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Ca } from '@pai/sidecar';

/** A request as a service saw it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** The credential is the one and only token that the service accepts. */
  readonly isRealToken: boolean;
}

/** What a service answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** What a service does with a request whose token was right. `body` is the parsed JSON content, if there was any. */
export type Handle = (method: string, path: string, body: Record<string, unknown>) => Answer;

/** What a service is made of. */
export interface ServiceOptions {
  readonly host: string;
  readonly token: string;
  /** Signs the service's certificate. */
  readonly ca: Ca;
  readonly handle: Handle;
}

/** A running service. */
export interface Service {
  readonly host: string;
  readonly port: number;
  /** Every request so far, oldest first. */
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Starts an HTTPS service on a free port of 127.0.0.1 that answers 401 to whoever does not have the token. */
export async function startService({ host, token, ca, handle }: ServiceOptions): Promise<Service> {
  const received: Received[] = [];
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method = '', url = '', headers } = request;
    const isRealToken = headers.authorization === `Bearer ${token}`;
    received.push({ method, path: url, authorization: headers.authorization, isRealToken });
    const content = await text(request);
    if (!isRealToken) return { status: 401, body: { message: 'Bad credentials', status: '401' } };
    return handle(method, url, content === '' ? {} : JSON.parse(content));
  };
  const { cert, key } = ca.leafFor(host);
  const server = createServer(
    { cert, key, SNICallback: (name, give) => give(null, ca.leafFor(name).secureContext) },
    (request, response) => {
      answer(request).then(
        (answered) => send(response, answered),
        () => send(response, { status: 400, body: { message: 'Problems parsing JSON' } }),
      );
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
