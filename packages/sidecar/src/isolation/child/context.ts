import { PaiError, type ProviderContext, Secret, type SecretReadOptions } from '@pai/core';
import type { CreateOrder } from '../wire.ts';
import type { Channel } from './channel.ts';

/** What a plugin is handed: everything in it is asked of the sidecar. */
export function createContext(
  { name, namespace, isOffline }: CreateOrder,
  channel: Channel,
  log: (message: string) => void,
): ProviderContext {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    isOffline,
    signal: new AbortController().signal,
    now: Date.now,
    log,
    secrets: {
      read(key, options: SecretReadOptions = {}) {
        const value = channel.ask('read', { key, options }) as { name: string; value: string };
        return new Secret(value.name, value.value, options);
      },
      derive(of, value) {
        channel.ask('derive', { name: of, value });
        return new Secret(of, value);
      },
    },
    fetch: (input, init) => remoteFetch(new Request(input, { ...init, redirect: 'manual' }), channel),
  };
}

interface Fetched {
  readonly status: number;
  readonly headers: [string, string][];
}

async function remoteFetch(request: Request, channel: Channel): Promise<Response> {
  const { signal } = request;
  signal.throwIfAborted();
  const content = new Uint8Array(await request.arrayBuffer());
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const order = { url: request.url, method: request.method, headers: [...request.headers] };
  try {
    const { value, bytes } = await Promise.race([promise, channel.call('fetch', order, content)]);
    const { status, headers } = value as Fetched;
    const isEmpty = status === 204 || status === 205 || status === 304;
    if (status < 200) throw new PaiError('upstream_protocol', `status ${status} is no end of a request`);
    return new Response(isEmpty ? null : new Uint8Array(bytes), { status, headers });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
