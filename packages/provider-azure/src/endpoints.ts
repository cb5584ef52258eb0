import { type HostPattern, PaiError, parseHostPattern, printable } from '@pai/core';
import type { AzureCloud, AzureEndpoint } from './endpoint.ts';
import { hostPatterns, readEndpoint } from './hosts.ts';
import { regionKey } from './regions.ts';

/** The hosts of a spec, and what each is. */
export interface Endpoints {
  /** Those that a credential may go to; what is answered here is not among them. */
  readonly patterns: readonly HostPattern[];
  /** What a host of the configured cloud is; undefined when no credential may ever go there. */
  readonly read: (host: string) => AzureEndpoint | undefined;
  /**
   * The same, of hosts that a credential may go to now. Throws `destination_forbidden`, saying why, for hosts of other regions
   * and for namespaces that nobody has named.
   */
  readonly find: (host: string) => AzureEndpoint | undefined;
}

/** What decides about the hosts of a Provider. */
export interface EndpointOptions {
  /** `spec.host`: the one host, or hosts, of those of the cloud. */
  readonly host?: string | undefined;
  /** `config.cloud`; default public. */
  readonly cloud?: AzureCloud | undefined;
  /** `config.region`. */
  readonly region?: string | undefined;
  /** `scope.resources`. */
  readonly resources?: readonly string[] | undefined;
}

/** The endpoints of one cloud, or those of them that `spec.host` names. Throws `config_invalid` for a host of another service. */
export function createEndpoints({
  host,
  cloud = 'public',
  region,
  resources = [],
}: EndpointOptions): Endpoints {
  const own = host === undefined ? undefined : ownPattern(host, cloud);
  const read = (name: string) => {
    const endpoint = readEndpoint(name);
    return endpoint?.cloud === cloud ? endpoint : undefined;
  };
  const named = new Set([own?.host, ...resources.map((pattern) => pattern.split('/', 1)[0]?.toLowerCase())]);
  return {
    patterns: own === undefined ? hostPatterns(cloud) : [own],
    read,
    find: (name) => {
      const endpoint = read(name);
      if (endpoint?.service === 'servicebus' && !named.has(name)) throw unnamed(name);
      const its = endpoint?.region;
      if (region === undefined || its === undefined || regionKey(its) === regionKey(region)) return endpoint;
      throw new PaiError(
        'destination_forbidden',
        `${printable(name)} is of region ${its}, and config.region is ${region}; use a host of that region`,
      );
    },
  };
}

/** A relay hands what it is sent to whoever listens there, with its `Authorization`, and anybody may have one. */
function unnamed(host: string): PaiError {
  return new PaiError(
    'destination_forbidden',
    `${printable(host)} may be a relay, whose listener would get the token; name it in scope.resources, as ${host}/*, or as spec.host`,
  );
}

/** A wildcard has to stand where the hosts of a service differ. */
function ownPattern(host: string, cloud: AzureCloud): HostPattern {
  const pattern = parseHostPattern(host);
  const isOfCloud = pattern.host.startsWith('*')
    ? hostPatterns(cloud).some((known) => known.host === pattern.host)
    : readEndpoint(pattern.host)?.cloud === cloud;
  if (isOfCloud) return pattern;
  throw new PaiError(
    'config_invalid',
    `spec.host: ${JSON.stringify(host)} is no host of a service that is known in the ${cloud} cloud; write one such as management.azure.com or ACCOUNT.blob.core.windows.net, or leave it out for all of them`,
  );
}
