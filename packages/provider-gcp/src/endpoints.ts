import { type HostPattern, PaiError, parseHostPattern } from '@pai/core';
import { answeredHosts } from './answer/answer.ts';
import { hostPatterns, readEndpoint } from './hosts.ts';
import type { GcpSpec } from './schema.ts';

/**
 * The hosts of a spec: those of all of Google's APIs, or the one that `spec.host` names, and those that are answered here.
 * Throws `config_invalid` for a host that is not Google's: whoever has a token can use it everywhere.
 */
export function hostsOf({ host }: Pick<GcpSpec, 'host'>): readonly HostPattern[] {
  if (host === undefined) return [...hostPatterns(), ...answeredHosts];
  const own = parseHostPattern(host);
  if (readEndpoint(own.host.replace(/^\*+\./, 'a.')) !== undefined) return [own, ...answeredHosts];
  throw new PaiError(
    'config_invalid',
    `host: ${JSON.stringify(host)} is no host of Google's APIs, and whoever gets a token could use it there; write one such as storage.googleapis.com, or remove it`,
  );
}
