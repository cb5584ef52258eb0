import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../tls-service.ts';

/** Queues over Service Bus's REST interface: send, and receive with removal. */
export function createServiceBus() {
  const queues = new Map<string, Buffer[]>();

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const [, queue = '', rest = ''] = /^\/([^/?]+)\/messages(\/head)?(?:\?|$)/.exec(req.url ?? '') ?? [];
    const held = queues.get(queue) ?? [];
    queues.set(queue, held);
    const body = await readBody(req);
    if (req.method === 'POST' && rest === '') {
      held.push(body);
      res.writeHead(201, { 'content-length': '0' }).end();
      return;
    }
    const message = req.method === 'DELETE' && rest !== '' ? held.shift() : undefined;
    if (message === undefined) {
      res.writeHead(204).end();
      return;
    }
    const properties = JSON.stringify({ MessageId: randomUUID(), DeliveryCount: 1 });
    res.writeHead(200, { brokerproperties: properties, 'content-length': `${message.length}` }).end(message);
  };
}
