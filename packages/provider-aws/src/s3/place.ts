import type { Action } from '@pai/core';

/** A bucket, or what stands for one: an access point of any kind, a directory bucket. */
export interface Place {
  /** What the names of actions begin with: `s3`, `s3-object-lambda`, `s3-outposts`. */
  readonly prefix: string;
  readonly arn: string;
  /** What stands before the key in the ARN of an object; where there is none, IAM judges objects by `arn` itself. */
  readonly objects?: string;
  /** IAM asks for one permission for everything in a directory bucket: that of opening a session. */
  readonly isDirectory?: boolean;
  /** A table of S3 Tables, whose data has actions of its own. */
  readonly isTable?: boolean;
  /** The ARN is not whole: without its account it is also that of an object in a bucket called `accesspoint`. */
  readonly reach?: 'any';
}

/** What the place is in, with what it takes to write ARNs. */
export interface Surroundings {
  readonly partition: string;
  readonly region: string;
  /** Empty when it is not known. */
  readonly account: string;
  /** The server is none of AWS's. */
  readonly isForeign?: true | undefined;
}

/** The action `name` (without prefix) on an object of `place`, or on `place` itself. */
export function actionOn(place: Place, name: string, key?: string): Action {
  const isObject = key !== undefined && place.objects !== undefined;
  return {
    name: `${place.prefix}:${name}`,
    resource: isObject ? place.objects + key : place.arn,
    ...(place.reach !== undefined && { reach: place.reach }),
  };
}

/** The oldest ones have capitals and underscores. */
function isBucketName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(name) && !name.includes('..');
}

/** What the ends of aliases say of the access point behind them (Amazon S3 User Guide, "Access point aliases"). */
const aliases: readonly (readonly [end: string, prefix: string])[] = [
  ['-s3alias', 's3'],
  ['--ol-s3', 's3-object-lambda'],
  ['--op-s3', 's3-outposts'],
];

/** The place of a general purpose bucket's name, or of an alias that stands where one would; undefined for what is neither. */
export function placeOfBucket(bucket: string, { partition }: Surroundings): Place | undefined {
  if (!isBucketName(bucket) || /--xa?-s3$|\.mrap$/.test(bucket)) return undefined;
  const arn = `arn:${partition}:s3:::${bucket}`;
  const objects = `${arn}/`;
  if (bucket.endsWith('--table-s3')) return { prefix: 's3tables', arn, objects, isTable: true };
  const alias = aliases.find(([end]) => bucket.endsWith(end));
  return { prefix: alias?.[1] ?? 's3', arn, objects };
}

/** The place of an access point `NAME-ACCOUNT`, as hosts have it; undefined for what is none. */
export function placeOfAccessPoint(
  label: string,
  { partition, region }: Surroundings,
  service: 's3' | 's3-object-lambda',
): Place | undefined {
  const [, name, account] = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)-(\d{12})$/.exec(label) ?? [];
  if (name === undefined) return undefined;
  const arn = `arn:${partition}:${service}:${region}:${account}:accesspoint/${name}`;
  return service === 's3' ? { prefix: 's3', arn, objects: `${arn}/object/` } : { prefix: service, arn };
}

/** The place of an access point on an outpost, by the labels `NAME-ACCOUNT` and `op-…`. */
export function placeOnOutpost(
  label: string,
  outpost: string,
  { partition, region }: Surroundings,
): Place | undefined {
  const [, name, account] = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)-(\d{12})$/.exec(label) ?? [];
  if (name === undefined || !/^op-[0-9a-f]{8,32}$/.test(outpost)) return undefined;
  const arn = `arn:${partition}:s3-outposts:${region}:${account}:outpost/${outpost}/accesspoint/${name}`;
  return { prefix: 's3-outposts', arn, objects: `${arn}/object/` };
}

/** The place of a Multi-Region Access Point, by its alias without `.mrap`. */
export function placeOfMultiRegion(alias: string, { partition, account }: Surroundings): Place | undefined {
  if (!/^[a-z0-9]{4,63}$/.test(alias)) return undefined;
  const arn = `arn:${partition}:s3::${account}:accesspoint/${alias}.mrap`;
  return { prefix: 's3', arn, objects: `${arn}/object/`, ...(account === '' && { reach: 'any' }) };
}

/** The place of a directory bucket (`NAME--ZONE--x-s3`) or of an access point for one (`--xa-s3`). */
export function placeOfDirectory(
  name: string,
  { partition, region, account }: Surroundings,
): Place | undefined {
  const [, end] = name.length > 63 ? [] : (/^[a-z0-9][a-z0-9-]*--[a-z0-9-]+--(xa?)-s3$/.exec(name) ?? []);
  if (end === undefined) return undefined;
  const kind = end === 'x' ? 'bucket' : 'accesspoint';
  return {
    prefix: 's3',
    arn: `arn:${partition}:s3express:${region}:${account}:${kind}/${name}`,
    isDirectory: true,
  };
}
