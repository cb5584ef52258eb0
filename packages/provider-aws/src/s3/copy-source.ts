import { printable } from '@pai/core';
import { isClimbing, readingsOf } from './escapes.ts';
import { type Place, placeOfBucket, placeOfDirectory, type Surroundings } from './place.ts';
import { unreadable } from './refuse.ts';

/** An object that a request copies from. */
export interface CopySource {
  readonly place: Place;
  readonly key: string;
  readonly isVersion: boolean;
}

/**
 * Every object that the value of `x-amz-copy-source` may name: `bucket/key` or the ARN of an object behind an access
 * point, percent-encoded, and `?versionId=`. Throws `malformed_request` for any other value.
 */
export function readCopySource(value: string, around: Surroundings): readonly CopySource[] {
  const [raw = '', version, ...others] = value.split('?');
  const id = version === undefined ? undefined : /^versionId=([\w.-]+)$/.exec(version)?.[1];
  if (others.length > 0 || (version !== undefined && id === undefined)) throw unknown(value);
  if (/[^\x20-\x7e]/.test(value)) throw unknown(value);
  return readingsOf(raw, 'the copy source').map((source) => {
    if (/\?versionId=/i.test(source)) throw unknown(value);
    const place = source.startsWith('arn:') ? readArn(source, around) : readName(source, around);
    if (place === undefined || place.key === '' || isClimbing(place.key)) throw unknown(value);
    return { ...place, isVersion: id !== undefined };
  });
}

type Located = Pick<CopySource, 'place' | 'key'>;

function readName(source: string, around: Surroundings): Located | undefined {
  const [, bucket = '', key = ''] = /^\/?([^/]+)\/(.*)$/s.exec(source) ?? [];
  const place = placeOfBucket(bucket, around) ?? placeOfDirectory(bucket, around);
  return place && { place, key };
}

const arn =
  /^arn:([a-z-]+):(s3|s3-outposts):([a-z0-9-]+):(\d{12}):((?:outpost\/op-[0-9a-f]+\/)?accesspoint\/[a-z0-9-]+)\/object\/(.+)$/s;

function readArn(source: string, { partition }: Surroundings): Located | undefined {
  const [, from, service = '', region, account, resource = '', key = ''] = arn.exec(source) ?? [];
  if (from !== partition || resource.startsWith('outpost/') !== (service === 's3-outposts')) return undefined;
  const point = `arn:${partition}:${service}:${region}:${account}:${resource}`;
  return { place: { prefix: service, arn: point, objects: `${point}/object/` }, key };
}

function unknown(value: string): Error {
  return unreadable(
    `x-amz-copy-source ${printable(value)} is no object that can be told; write bucket/key or the ARN of an access point's object, percent-encoded, with ?versionId= behind it where it is a version`,
  );
}
