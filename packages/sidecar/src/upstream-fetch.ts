import { type Body, bodyOf, emptyBody, PaiError, type RawHeaders, type UpstreamRequest } from '@pai/core';
import { protocolError } from './http1/protocol-error.ts';
import type { Upstream } from './upstream/pool.ts';

/**
 * Sends one request to a host that was found to be permitted; one that is not https, to the metadata service.
 * `isPrivateAllowed`: it was declared by name.
 */
export type PluginSend = (request: Request, isPrivateAllowed: boolean) => Promise<Response>;

/** Most bytes of a request's and of a response's content. */
const maxContent = 1024 * 1024;
/** Milliseconds from the call to the end of the response. */
const defaultDeadline = 30_000;

/**
 * Sends plugins' requests over the connections that agents' requests go by: own resolver, fence and trust. Rejects with
 * `upstream_*` errors, with `body_too_large`, and with the request's own reason when that is aborted.
 */
export function createPluginSend(
  upstream: Upstream,
  metadata: Upstream,
  deadline = defaultDeadline,
): PluginSend {
  return async (request, isPrivateAllowed) => {
    const { signal } = request;
    signal.throwIfAborted();
    const prepared = await prepare(request);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const chunks: Buffer[] = [];
    let size = 0;
    let answer = { status: 0, headers: [] as RawHeaders };
    const by = request.url.startsWith('https:') ? upstream : metadata;
    const call = by.send(prepared, isPrivateAllowed, {
      onInterim: () => {},
      onSwitch: (_head, socket) => void socket.destroy(),
      onHead: ({ status, headers }) => {
        answer = { status, headers };
      },
      onData(chunk) {
        size += chunk.length;
        chunks.push(chunk);
        if (size > maxContent) stop(protocolError('more content than a plugin may read'));
        return size <= maxContent;
      },
      onEnd: () => resolve(Buffer.concat(chunks)),
      onError: reject,
    });
    const stop = (error: unknown) => {
      reject(error);
      call.abort();
    };
    const { host } = prepared;
    const onLate = () => stop(new PaiError('upstream_timeout', `${host} did not answer in time`));
    const onAbort = () => stop(signal.reason);
    const timer = setTimeout(onLate, deadline).unref();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      call.write(await prepared.body.bytes(maxContent));
      call.end([]);
      const content = await promise;
      return toResponse(answer, content);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  };
}

async function prepare(request: Request): Promise<UpstreamRequest> {
  const url = new URL(request.url);
  const headers: RawHeaders = [];
  for (const [name, value] of request.headers) if (!derived.has(name)) headers.push(name, value);
  headers.push('accept-encoding', 'identity');
  return {
    method: request.method,
    host: url.hostname,
    port: portOf(url),
    target: url.pathname + url.search,
    headers,
    body: await readBody(request),
  };
}

/** What a URL names, or its scheme stands for. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : 443;
}

async function readBody(request: Request): Promise<Body> {
  if (request.body === null) return emptyBody;
  const content = Buffer.from(await request.arrayBuffer());
  if (content.length <= maxContent) return bodyOf(content);
  throw new PaiError('body_too_large', `a plugin sends more than ${maxContent} bytes`);
}

/** Fields that are this connection's own, or said anew. */
const derived = new Set(['accept-encoding', 'connection', 'content-length', 'host', 'transfer-encoding']);

function toResponse({ status, headers }: { status: number; headers: RawHeaders }, content: Buffer): Response {
  const fields = new Headers();
  for (let i = 0; i < headers.length; i += 2) fields.append(headers[i] as string, headers[i + 1] as string);
  const coding = fields.get('content-encoding') ?? 'identity';
  if (coding !== 'identity') throw protocolError('an encoding that was not asked for');
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : Uint8Array.from(content), { status, headers: fields });
}
