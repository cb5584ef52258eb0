import { formatAuthority, type HostPattern, isPrivateAllowed, matchHost, PaiError } from '@pai/core';
import type { PluginSend } from './upstream-fetch.ts';

/** A plugin's `fetch`, and the call that tells it where it may go. */
export interface RestrictedFetch {
  readonly fetch: typeof globalThis.fetch;
  readonly permit: (hosts: readonly HostPattern[]) => void;
}

/**
 * A `fetch` that reaches only the permitted hosts, over https, and follows no redirect. Rejects with
 * `destination_forbidden` for anything else, and for everything when there is no `send` to stand on.
 */
export function restrictFetch(provider: string, send?: PluginSend): RestrictedFetch {
  let permitted: readonly HostPattern[] = [];
  return {
    permit: (hosts) => {
      permitted = hosts;
    },
    fetch: async (input, init) => {
      const request = new Request(input, { ...init, redirect: 'manual' });
      const url = new URL(request.url);
      const authority = { host: url.hostname, port: Number(url.port === '' ? 443 : url.port) };
      const fitting = permitted.filter((pattern) => matchHost(pattern, authority) > 0);
      if (send !== undefined && fitting.length > 0 && url.protocol === 'https:')
        return send(request, isPrivateAllowed(fitting, authority));
      throw new PaiError(
        'destination_forbidden',
        `provider ${provider} may not fetch from ${formatAuthority(authority)}; it reaches its own hosts only`,
      );
    },
  };
}
