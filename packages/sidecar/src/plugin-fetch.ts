import {
  type Authority,
  formatAuthority,
  type HostPattern,
  isPrivateAllowed,
  matchHost,
  PaiError,
} from '@pai/core';
import { metadataAddress } from './fence.ts';
import { type PluginSend, portOf } from './upstream-fetch.ts';

/** A plugin's `fetch`, and the call that tells it where it may go. */
export interface RestrictedFetch {
  readonly fetch: typeof globalThis.fetch;
  readonly permit: (hosts: readonly HostPattern[], tokenHosts?: readonly HostPattern[]) => void;
}

/**
 * A `fetch` that reaches only the permitted hosts, over https, and follows no redirect; in clear it asks the metadata
 * service of the machine, where the token hosts have that. Rejects with `destination_forbidden` for anything else, and
 * for everything when there is no `send` to stand on.
 */
export function restrictFetch(provider: string, send?: PluginSend): RestrictedFetch {
  let permitted: readonly HostPattern[] = [];
  let isMetadataPermitted = false;
  return {
    permit: (hosts, tokenHosts = []) => {
      permitted = [...hosts, ...tokenHosts];
      isMetadataPermitted = tokenHosts.some(
        (pattern) => pattern.isMetadata === true && matchHost(pattern, metadata) === 3,
      );
    },
    fetch: async (input, init) => {
      const request = new Request(input, { ...init, redirect: 'manual' });
      const url = new URL(request.url);
      const isClear = url.protocol === 'http:';
      const authority = { host: url.hostname, port: portOf(url) };
      const fitting = permitted.filter((pattern) => matchHost(pattern, authority) > 0);
      const isMetadata = isClear && isMetadataPermitted && matchHost(metadata, authority) === 3;
      if (send !== undefined && fitting.length > 0 && (isMetadata || url.protocol === 'https:'))
        return send(request, isPrivateAllowed(fitting, authority));
      throw new PaiError(
        'destination_forbidden',
        `provider ${provider} may not fetch from ${formatAuthority(authority)}; it reaches its own hosts only`,
      );
    },
  };
}

/**
 * A `fetch` for a login, which learns from the service where it has to go: every host, over https, but a private one only
 * where the user named it, by `declared`. Rejects with `destination_forbidden` for anything in clear.
 */
export function createLoginFetch(
  send: PluginSend,
  declared: readonly HostPattern[],
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, { ...init, redirect: 'manual' });
    const url = new URL(request.url);
    const authority = { host: url.hostname, port: portOf(url) };
    if (url.protocol === 'https:') return send(request, isPrivateAllowed(declared, authority));
    throw new PaiError(
      'destination_forbidden',
      `a login goes over https only, and ${formatAuthority(authority)} is asked for in clear`,
    );
  };
}

const metadata: Authority = { host: metadataAddress, port: 80 };
