import http from 'node:http';
import { type ListenAddress, listen } from './listen.ts';
import type { Door } from './tls.ts';

/** What the admin port tells. */
export interface AdminOptions {
  readonly at: ListenAddress;
  /** Why the sidecar should get no new requests; undefined is ready. */
  readonly unready: () => string | undefined;
  readonly metrics: () => string;
}

/** `/healthz` (the process runs), `/readyz` (it serves) and `/metrics`, for orchestrators. It changes nothing. */
export async function openAdminDoor({ at, unready, metrics }: AdminOptions): Promise<Door> {
  const routes: Record<string, () => { status: number; type?: string; text: string }> = {
    '/healthz': () => ({ status: 200, text: 'ok\n' }),
    '/readyz': () => {
      const reason = unready();
      return reason === undefined ? { status: 200, text: 'ok\n' } : { status: 503, text: `${reason}\n` };
    },
    '/metrics': () => ({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: metrics() }),
  };
  const server = http.createServer((req, res) => {
    const route = Object.hasOwn(routes, req.url ?? '') ? routes[req.url ?? ''] : undefined;
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    const answer = isRead ? route?.() : undefined;
    const {
      status,
      type = 'text/plain; charset=utf-8',
      text,
    } = answer ?? { status: 404, text: 'GET /healthz, /readyz or /metrics\n' };
    res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
  });
  const bound = await listen(server, at, 'admin');
  return {
    at: bound,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
