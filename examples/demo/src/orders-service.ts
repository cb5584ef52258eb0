import type { Handle } from './service.ts';

/** An HTTP API of one's own: orders that can be read and deleted. */
export function createOrders(): Handle {
  const orders = new Map([['7', { id: 7, item: 'a bicycle' }]]);
  return (method, path) => {
    const id = /^\/v1\/orders\/(\d+)$/.exec(path)?.[1] ?? '';
    const order = orders.get(id);
    if (order === undefined) return { status: 404, body: { message: 'no such order' } };
    if (method === 'DELETE') orders.delete(id);
    return method === 'DELETE' ? { status: 204 } : { status: 200, body: order };
  };
}
