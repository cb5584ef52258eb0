import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Ca } from '@pai/sidecar';
import type { Handle, Received } from '../../../examples/demo/src/service.ts';

/** What to serve, and where. */
export interface ServiceOptions {
  readonly ca: Ca;
  readonly address: string;
  /** The one token that it takes. */
  readonly token: string;
  readonly handle: Handle;
}

/** The demo's GitHub, on an address that a pod can reach. */
export async function startService({ ca, address, token, handle }: ServiceOptions) {
  const received: Received[] = [];
  const { cert, key } = ca.leafFor('api.github.com');
  const server = createServer({ cert, key }, async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const isRealToken = headers.authorization === `Bearer ${token}`;
    received.push({ method, path, authorization: headers.authorization, isRealToken });
    const content = await text(request);
    const body = content === '' ? {} : JSON.parse(content);
    const answer = isRealToken
      ? handle(method, path, body)
      : { status: 401, body: { message: 'Bad credentials' } };
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: received as readonly Received[],
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
