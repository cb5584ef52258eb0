import { type HostPattern, rememberHosts } from '@pai/core';
import type { Endpoint } from './endpoint.ts';
import { type Family, families } from './families.ts';
import { type Partition, type Place, partitionOf, readPlace, suffixes } from './partitions.ts';
import { readS3Host } from './s3-hosts.ts';
import { readTenantHost } from './tenant-hosts.ts';

/**
 * What a host's name says, in every partition, or `undefined` for a host that is no endpoint of a known service: a
 * look-alike, an instance, a load balancer, a website. The host is in lower case, without port and trailing dot.
 */
export const readEndpoint: (host: string) => Endpoint | undefined = rememberHosts(read);

function read(host: string): Endpoint | undefined {
  if (host.length > 253 || !/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(host)) return undefined;
  const place = readPlace(oldDualStack(host));
  if (place === undefined) return undefined;
  return readS3Host(place) ?? readFamilyHost(place) ?? readTenantHost(place);
}

/**
 * The endpoint for one path: Amazon Location's hosts sign for `geo` on the paths of its first API, for their own name on
 * the others.
 */
export function endpointAt(endpoint: Endpoint, path: string): Endpoint {
  if (!/^(?:maps|places|routes)\.geo$/.test(endpoint.service)) return endpoint;
  return /^\/(?:maps|places|routes)\/v0\//.test(path) ? { ...endpoint, signingName: 'geo' } : endpoint;
}

/** The patterns of every host that `readEndpoint` may know, and, first, the one that the configuration names. */
export function hostPatterns({ host }: { readonly host?: HostPattern } = {}): readonly HostPattern[] {
  const own = host === undefined ? [] : [host];
  const all = suffixes.map((suffix) => ({ host: `**.${suffix}` }));
  return [...own, ...all, ...oldDualStackRegions.map((region) => ({ host: `api.ec2.${region}.aws` }))];
}

/**
 * The endpoint of an S3-compatible or otherwise own server that the configuration names with a region and one service,
 * which is a signing name or the prefix of IAM. `labels` are those that stand before the configured host.
 */
export function customEndpoint(
  region: string,
  service: string,
  labels: readonly string[] = [],
): Endpoint | undefined {
  const base = {
    region,
    partition: partitionOf(region),
    labels,
    algorithm: 'sigv4' as const,
    isGlobal: false,
    isForeign: true as const,
  };
  if (service === 's3') return { ...base, service, models: [], signingName: 's3' };
  const name = otherPrefixes.get(service) ?? service;
  const family = families.get(name) ?? [...families.values()].find(({ signingName }) => signingName === name);
  if (family === undefined || labels.length > 0) return undefined;
  return { ...base, service: family.name, models: family.models, signingName: family.signingName };
}

// prefixes of IAM that are neither a family nor a signing name
const otherPrefixes: ReadonlyMap<string, string> = new Map([
  ['cloudwatch', 'monitoring'],
  ['mechanicalturk', 'mturk-requester'],
  ['tag', 'tagging'],
]);

// EC2's first dual-stack hosts, `api.ec2.us-east-1.aws` (EC2 API reference)
const oldDualStackRegions = ['ap-south-1', 'eu-west-1', 'sa-east-1', 'us-east-1', 'us-east-2', 'us-west-2'];

function oldDualStack(host: string): string {
  const [, region = ''] = /^api\.ec2\.([a-z0-9-]+)\.aws$/.exec(host) ?? [];
  return oldDualStackRegions.includes(region) ? `ec2.${region}.api.aws` : host;
}

function readFamilyHost({ partition, region, labels, isVpce, isTenant }: Place): Endpoint | undefined {
  if (isTenant) return undefined;
  const [first = '', ...others] = labels;
  const isMarked = isVpce ? /^vpce-[a-z0-9-]+$/.test(first) : first === 'fips';
  if (isVpce && !isMarked) return undefined;
  const family =
    families.get(familyName(isMarked ? others : labels)) ?? regionFirst(region, labels, partition);
  if (family === undefined) return undefined;
  if (region === undefined && !isRegionless(family, partition)) return undefined;
  return {
    service: family.name,
    models: family.models,
    signingName: family.signingName,
    region: region ?? (partition.isRegion(first) ? first : globalRegion(family, partition)),
    partition: partition.id,
    labels: isVpce ? [first] : [],
    algorithm: 'sigv4',
    isGlobal: family.reach === 'g' || (family.reach === 'n' && region === undefined),
  };
}

/** Without the marks of FIPS (`api-fips.sagemaker`) and of a cell (`ingest-cell1.timestream`). */
function familyName(labels: readonly string[]): string {
  return labels.map((label) => label.replace(/(?:-fips|-cell\d+)$/, '')).join('.');
}

/** `us-east-2.queue.amazonaws.com`: hosts from before the region stood last. */
function regionFirst(
  region: string | undefined,
  [first = '', ...others]: readonly string[],
  partition: Partition,
): Family | undefined {
  if (region !== undefined || !partition.isRegion(first)) return undefined;
  const family = families.get(others.join('.'));
  return family?.reach === 'l' ? family : undefined;
}

function isRegionless({ reach }: Family, { id }: Partition): boolean {
  return reach === 'l' ? id === 'aws' : reach !== '';
}

function globalRegion({ name }: Family, { id, globalRegion: region }: Partition): string {
  // the one service that China's partition serves from another region than the rest. Source: the rules of @aws-sdk/client-iam
  return name === 'iam' && id === 'aws-cn' ? 'cn-north-1' : region;
}
