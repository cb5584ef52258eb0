import { type HostPattern, rememberHosts } from '@pai/core';
import { type CloudHost, clouds, type HostLeft } from './clouds.ts';
import type { AzureCloud, AzureEndpoint } from './endpoint.ts';

/**
 * What a host's name says, in every cloud, or `undefined` for a host that is no endpoint of a known service: a look-alike, a
 * virtual machine, a web app, a private link. The host is in lower case, without port and trailing dot.
 */
export const readEndpoint: (host: string) => AzureEndpoint | undefined = rememberHosts(read);

/** The patterns of every host of a cloud that `readEndpoint` may know. */
export function hostPatterns(cloud: AzureCloud): readonly HostPattern[] {
  return clouds[cloud].hosts.flatMap(({ left, suffix }) =>
    prefixesOf(left, suffix).map((prefix) => ({ host: prefix + suffix })),
  );
}

function prefixesOf(left: HostLeft, suffix: string): readonly string[] {
  if (left === 'none') return [''];
  if (left === 'maybe-region') return ['', '*.'];
  return [left === 'name-region' || (left === 'storage' && isZoned(suffix)) ? '**.' : '*.'];
}

/** `acct.z01.blob.storage.azure.net`, `acct.z6.web.core.windows.net`: a zone stands after the account. */
function isZoned(suffix: string): boolean {
  return suffix.endsWith('.storage.azure.net') || suffix.startsWith('web.');
}

interface Row extends CloudHost {
  readonly cloud: AzureCloud;
}

const bySuffix: ReadonlyMap<string, Row> = new Map(
  (Object.keys(clouds) as AzureCloud[]).flatMap((cloud) =>
    clouds[cloud].hosts.map((row) => [row.suffix, { ...row, cloud }] as const),
  ),
);

function read(host: string): AzureEndpoint | undefined {
  if (host.length > 253 || !/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host)) return undefined;
  const labels = host.split('.');
  for (let count = 0; count <= 2; count += 1) {
    const row = bySuffix.get(labels.slice(count).join('.'));
    if (row !== undefined) return endpointOf(row, labels.slice(0, count));
  }
  return undefined;
}

function endpointOf(
  { service, cloud, audience, left, suffix }: Row,
  labels: readonly string[],
): AzureEndpoint | undefined {
  const names = readers[left](labels, suffix);
  return names === undefined ? undefined : { service, cloud, audience, ...names };
}

interface Names {
  readonly account?: string;
  readonly region?: string;
}

const region = /^[a-z][a-z0-9]{2,39}$/;
const name = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What the labels before a suffix say; undefined where nothing such stands there. */
const readers: Readonly<Record<HostLeft, (labels: readonly string[], suffix: string) => Names | undefined>> =
  {
    none: (labels) => (labels.length === 0 ? {} : undefined),
    'maybe-region': (labels) => (labels.length === 0 ? {} : readRegion(labels)),
    region: readRegion,
    name: ([first = '', ...others]) =>
      others.length === 0 && name.test(first) ? { account: first } : undefined,
    'name-region': ([first = '', second = '', ...others]) => {
      // `topic.westus2-1`: regions have stamps
      const place = /^([a-z0-9]+)-\d+$/.exec(second)?.[1] ?? '';
      if (others.length > 0 || !name.test(first) || !region.test(place)) return undefined;
      return { account: first, region: place };
    },
    storage: readStorage,
  };

function readRegion([first = '', ...others]: readonly string[]): Names | undefined {
  return others.length === 0 && region.test(first) ? { region: first } : undefined;
}

/** An account has no dash in its name, so that the marks after it are marks (Azure Storage, "Storage account overview"). */
function readStorage([first = '', zone, ...others]: readonly string[], suffix: string): Names | undefined {
  const [account = '', ...marks] = first.split('-');
  if (others.length > 0 || isZoned(suffix) !== (zone !== undefined)) return undefined;
  if (zone !== undefined && !/^z\d{1,2}$/.test(zone)) return undefined;
  const areMarks = marks.every((mark, i) => storageMarks.has(mark) && marks.indexOf(mark) === i);
  return /^[a-z0-9]{3,24}$/.test(account) && areMarks ? { account } : undefined;
}

const storageMarks: ReadonlySet<string> = new Set([
  'secondary',
  'internetrouting',
  'microsoftrouting',
  'ipv6',
  'dualstack',
]);
