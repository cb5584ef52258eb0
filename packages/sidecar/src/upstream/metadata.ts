import { PaiError } from '@pai/core';
import { metadataAddress } from '../fence.ts';
import type { Resolver } from '../resolver.ts';
import { createPlainConnect } from './connect-plain.ts';
import { createUpstream, type ResolveHost, type Upstream } from './pool.ts';

/** Milliseconds for a connection; the service is on the machine, or not there. */
const timeout = 3_000;

/**
 * Sends in clear to the metadata service of this machine and nowhere else, for plugins that get their tokens there.
 * Rejects with `destination_forbidden` for any other place.
 */
export function createMetadataUpstream({ resolve }: Resolver): Upstream {
  const resolveHost: ResolveHost = async (host, port) => {
    if (host === metadataAddress && port === 80) {
      return resolve(host, port, { isPrivateAllowed: false, isMetadataAllowed: true });
    }
    throw new PaiError('destination_forbidden', `${host} is no metadata service, and is not asked in clear`);
  };
  return createUpstream(resolveHost, createPlainConnect(timeout), 80);
}
