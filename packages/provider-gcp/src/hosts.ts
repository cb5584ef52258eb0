import { type HostPattern, rememberHosts } from '@pai/core';
import type { GcpEndpoint } from './endpoint.ts';

/**
 * What a host's name says, or `undefined` for a host that is no endpoint of Google's APIs: a look-alike, a test
 * environment, a name of a form that is not known. The host is in lower case, without port and trailing dot.
 */
export const readEndpoint: (host: string) => GcpEndpoint | undefined = rememberHosts(read);

/** The patterns of every host that `readEndpoint` may know, and, first, the one that the configuration names. */
export function hostPatterns({ host }: { readonly host?: HostPattern } = {}): readonly HostPattern[] {
  return [...(host === undefined ? [] : [host]), { host: '**.googleapis.com' }];
}

function read(host: string): GcpEndpoint | undefined {
  const suffix = '.googleapis.com';
  if (host.length > 253 || !host.endsWith(suffix)) return undefined;
  const name = host.slice(0, -suffix.length);
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name)) return undefined;
  const own = name.replace(/(?<=.)\.mtls$/, '');
  const labels = own.split('.');
  if (labels.length === 1) return readLabel(own);
  if (own === name && labels.length === 2 && labels[1] === 'p') return readPrivate(labels[0] ?? '');
  const [service = '', region = '', rep] = labels.slice(-3);
  if (rep === 'rep') return readRegional(labels.slice(0, -3).join('.'), service, region);
  if (labels.at(-1) !== 'storage' && labels.at(-1) !== 'commondatastorage') return undefined;
  return bucketOf(labels.slice(0, -1).join('.'));
}

/** `pubsub`, `us-central1-aiplatform`, `content-pubsub`. */
function readLabel(label: string): GcpEndpoint | undefined {
  const { region, rest } = regionForm.exec(label)?.groups ?? {};
  const plain = (rest ?? label).replace(/^content-(?=.)/, '');
  if (!apiForm.test(plain)) return undefined;
  const service = `${others.get(plain) ?? plain}.googleapis.com`;
  return region === undefined ? { service } : { service, region };
}

/** The name of an API, as Google's own hosts are called. */
const apiForm = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** `us-central1-aiplatform`, and the places that are no regions: `eu-documentai`, `us-vision`. */
const regionForm =
  /^(?<region>(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-[a-z]+[0-9]+|asia|eu|europe|global|us)-(?<rest>[a-z].*)$/;

/** Hosts of the same API under another name. */
const others: ReadonlyMap<string, string> = new Map([
  ['commondatastorage', 'storage'],
  ['storage-upload', 'storage'],
  ['storage-download', 'storage'],
  ['batch-bigtable', 'bigtable'],
  ['translate', 'translation'],
  ['content', 'www'],
]);

/** A Private Service Connect endpoint, `<api>-<endpoint>`, whose own name has no dash. */
function readPrivate(label: string): GcpEndpoint | undefined {
  const [, api] = /^(.+)-[a-z][a-z0-9]{0,19}$/.exec(label) ?? [];
  return api === undefined ? undefined : readLabel(api);
}

/** `<api>.<region>.rep`, where Cloud Storage has buckets in front. */
function readRegional(front: string, service: string, region: string): GcpEndpoint | undefined {
  const endpoint = /^[a-z]+(?:-[a-z]+[0-9]+)?$/.test(region) ? readLabel(service) : undefined;
  if (endpoint === undefined || endpoint.region !== undefined) return undefined;
  if (front === '') return { ...endpoint, region };
  const bucketed = endpoint.service === 'storage.googleapis.com' ? bucketOf(front) : undefined;
  return bucketed && { ...bucketed, region };
}

/** Names that Google gives to buckets (Cloud Storage documentation, "Bucket names"). */
function bucketOf(bucket: string): GcpEndpoint | undefined {
  if (!/^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$/.test(bucket)) return undefined;
  return { service: 'storage.googleapis.com', bucket };
}
