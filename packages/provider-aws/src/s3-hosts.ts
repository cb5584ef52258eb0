import type { Endpoint } from './endpoint.ts';
import type { Place } from './partitions.ts';

/**
 * Reads the hosts of S3: its own, access points, Object Lambda, Outposts, S3 Control, Express, multi-region access points
 * and interface endpoints, with what stands left of them as labels. `undefined` for every other host, websites among
 * them. Source: the S3 API reference and user guide.
 */
export function readS3Host(place: Place): Endpoint | undefined {
  if (place.isTenant) return undefined;
  if (place.isVpce) return readInterface(place);
  const labels = place.labels.at(-1) === 'dualstack' ? place.labels.slice(0, -1) : place.labels;
  const name = labels.at(-1) ?? '';
  const left = labels.slice(0, -1);
  if (place.region === undefined) return readRegionless(name, left, place);
  const zone = /^s3express(?:-fips)?-[a-z0-9]+-az\d+$/.test(name);
  const kind = kindOf.get(zone ? 's3express' : name.replace(/-fips$/, ''));
  if (kind === undefined || (name === 's3express' && !zone) || !kind.fits(left)) return undefined;
  return endpoint(kind, place, place.region, left);
}

interface Kind {
  readonly service: string;
  readonly signingName: string;
  readonly fits: (left: readonly string[]) => boolean;
}

const upTo = (count: number) => (left: readonly string[]) => left.length <= count;
const isAccount = (left: readonly string[]) =>
  left.length === 0 || (left.length === 1 && /^\d{12}$/.test(left[0] ?? ''));

const s3: Kind = { service: 's3', signingName: 's3', fits: () => true };

const kinds: readonly Kind[] = [
  s3,
  { service: 's3-accesspoint', signingName: 's3', fits: upTo(1) },
  {
    service: 's3-object-lambda',
    signingName: 's3-object-lambda',
    fits: upTo(1),
  },
  {
    service: 's3-outposts',
    signingName: 's3-outposts',
    fits: (left) => left.length === 0 || left.length === 2,
  },
  { service: 's3-control', signingName: 's3', fits: isAccount },
  { service: 's3express', signingName: 's3express', fits: upTo(1) },
  { service: 's3express-control', signingName: 's3express', fits: upTo(0) },
];

const kindOf = new Map(kinds.map((kind) => [kind.service, kind]));

function endpoint(
  { service, signingName }: Kind,
  place: Place,
  region: string,
  labels: readonly string[],
): Endpoint {
  const [account] = labels;
  return {
    service,
    models: [],
    signingName,
    region,
    partition: place.partition.id,
    ...(service === 's3-control' && account !== undefined && { accountId: account }),
    labels,
    algorithm: 'sigv4',
    isGlobal: false,
  };
}

/** `s3.amazonaws.com`, `s3-us-west-2`, `s3-external-1`, `s3-accelerate`, `….accesspoint.s3-global`: hosts without a region of their own label. */
function readRegionless(name: string, left: readonly string[], place: Place): Endpoint | undefined {
  if (name === 's3-global') return readMultiRegion(left, place);
  if (name === 's3-accelerate' && left.length > 0) return endpoint(s3, place, '', left);
  if (place.partition.id !== 'aws') return undefined;
  if (name === 's3' || name === 's3-external-1') return endpoint(s3, place, 'us-east-1', left);
  const [, region = ''] = /^s3-(?:fips-)?(.+)$/.exec(name) ?? [];
  const partition = place.partitionOf(region);
  return partition === undefined ? undefined : endpoint(s3, { ...place, partition }, region, left);
}

/** Of a multi-region access point: `ALIAS.mrap.accesspoint.s3-global.amazonaws.com`. */
function readMultiRegion(left: readonly string[], place: Place): Endpoint | undefined {
  if (left.at(-1) !== 'accesspoint' || left.length < 2) return undefined;
  const base = endpoint(s3, place, '*', left.slice(0, -1));
  return { ...base, service: 's3-global', algorithm: 'sigv4a' };
}

/** Of an interface endpoint: `bucket.vpce-ID.s3`, and a bucket's name before that; `accesspoint.` and `control.` alike. */
function readInterface(place: Place): Endpoint | undefined {
  const { labels, region } = place;
  const name = labels.at(-1) ?? '';
  const id = labels.at(-2) ?? '';
  if (region === undefined || !/^vpce-[a-z0-9-]+$/.test(id)) return undefined;
  const door = name === 's3' ? doors.get(labels.at(-3) ?? '') : undefined;
  if (door !== undefined) {
    const left = labels.slice(0, -3);
    const kind = kindOf.get(door);
    return kind?.fits(left) === true ? endpoint(kind, place, region, left) : undefined;
  }
  const kind = name === 's3-outposts' ? kindOf.get(name) : undefined;
  return kind === undefined || labels.length !== 2 ? undefined : endpoint(kind, place, region, []);
}

const doors: ReadonlyMap<string, string> = new Map([
  ['bucket', 's3'],
  ['accesspoint', 's3-accesspoint'],
  ['control', 's3-control'],
]);
