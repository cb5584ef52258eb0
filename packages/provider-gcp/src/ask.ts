import type { ProviderContext } from '@pai/core';
import type { GcpCredentials } from './credentials/credentials.ts';

/** GETs of Cloud Storage with the real credential, renewed once when it is refused. */
export function createAsk(
  { askingSource }: Pick<GcpCredentials, 'askingSource'>,
  { fetch, signal }: Pick<ProviderContext, 'fetch' | 'signal'>,
): (url: string) => Promise<Response> {
  return async (url) => {
    const source = askingSource();
    const token = await source.get();
    const get = (bearer: typeof token) =>
      fetch(url, { headers: { authorization: `Bearer ${bearer.reveal()}` }, signal });
    const response = await get(token);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return get(await source.renew(token));
  };
}
