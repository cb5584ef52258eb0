import { type HostPattern, PaiError, parseHostPattern, printable } from '@pai/core';
import { metadataHosts } from './answer/metadata.ts';
import type { Endpoint } from './endpoint.ts';
import { customEndpoint, hostPatterns, readEndpoint } from './hosts.ts';
import { readPlace } from './partitions.ts';
import type { AwsSpec } from './schema.ts';

/** The hosts of a spec, and what each is. */
export interface Endpoints {
  readonly patterns: readonly HostPattern[];
  /** What a host is, in whatever region; undefined when no credential may ever go there. */
  readonly read: (host: string) => Endpoint | undefined;
  /** The same, of hosts that a credential may go to now. Throws `destination_forbidden`, saying why, for hosts elsewhere. */
  readonly find: (host: string) => Endpoint | undefined;
}

/**
 * The endpoints of AWS, or the one that `spec.host` names, of AWS or not; and the metadata endpoints, which are answered
 * here. Throws `config_invalid` when what must be known of a host that is not of AWS is missing.
 */
export function createEndpoints({ host, config = {} }: Pick<AwsSpec, 'host' | 'config'>): Endpoints {
  const own = host === undefined ? undefined : parseHostPattern(host);
  const isForeign = own !== undefined && !isOfAws(own.host);
  const read = isForeign ? foreignReader(own.host, config) : readEndpoint;
  return {
    patterns: [...(own === undefined ? all : [own]), ...metadata],
    read,
    find: (name) => {
      const endpoint = read(name);
      const why = endpoint && elsewhere(endpoint, config.region);
      if (why !== undefined) throw new PaiError('destination_forbidden', `${printable(name)} ${why}`);
      return endpoint?.region === '' ? { ...endpoint, region: config.region ?? 'us-east-1' } : endpoint;
    },
  };
}

/**
 * A host of AWS, or a pattern below one of its suffixes: under such a pattern stand its services, and what others have
 * there.
 */
function isOfAws(pattern: string): boolean {
  const host = pattern.replace(/^\*+\./, 'x.');
  return readEndpoint(host) !== undefined || (host !== pattern && readPlace(host) !== undefined);
}

/** None of them is the one to use before the others. */
const all: readonly HostPattern[] = hostPatterns().map(({ host }) => ({
  host: host.replace(/^api\./, '**.'),
}));

const metadata: readonly HostPattern[] = Object.values(metadataHosts).map((host) => ({
  host,
  port: 80,
  isAnswered: true,
}));

/** Why an endpoint is not in the configured region; undefined when it is, or is of no region or of a whole partition. */
function elsewhere({ region, isGlobal }: Endpoint, wanted: string | undefined): string | undefined {
  if (wanted === undefined || region === wanted || region === '' || isGlobal) return undefined;
  const where = region === '*' ? 'leads to every region' : `is of region ${region}`;
  return `${where}, and config.region is ${wanted}; use a host of that region`;
}

/** A server that speaks as a service of AWS does: Ceph, MinIO, LocalStack. */
function foreignReader(pattern: string, config: NonNullable<AwsSpec['config']>): Endpoints['read'] {
  const { region, services = [], assumeRole } = config;
  const what = `${JSON.stringify(pattern)} is no endpoint of AWS`;
  if (region === undefined) throw missing(`config.region: ${what}, so that its region must be said; add it`);
  const [service, ...others] = services;
  if (service === undefined || others.length > 0) {
    throw missing(
      `config.services: ${what}, so that its one service must be said; write [s3], or another one`,
    );
  }
  if (assumeRole !== undefined) {
    throw missing(`config.assumeRole: ${what}, whose keys are no identity of AWS; remove it`);
  }
  const suffix = pattern.replace(/^\*+(?=\.)/, '');
  const isWild = suffix !== pattern;
  const read = (host: string) => {
    if (isWild ? !host.endsWith(suffix) : host !== suffix) return undefined;
    // a pattern as wide as this one holds hosts of AWS too, which are what AWS says
    if (isWild && readPlace(host) !== undefined) return readEndpoint(host);
    const labels = isWild ? host.slice(0, -suffix.length).split('.') : [];
    return customEndpoint(region, service.toLowerCase(), labels);
  };
  if (read(pattern.replace(/^\*+/, 'x')) === undefined) {
    throw missing(
      `config.services: ${JSON.stringify(service)} is no service that can be at ${what.split(' ', 1)[0]}; write [s3], or another one`,
    );
  }
  return read;
}

function missing(message: string): PaiError {
  return new PaiError('config_invalid', message);
}
