import { type AgentRequest, printable } from '@pai/core';
import type { Endpoint } from '../endpoint.ts';
import { decodeEscapes, isClimbing, readingsOf } from './escapes.ts';
import {
  type Place,
  placeOfAccessPoint,
  placeOfBucket,
  placeOfDirectory,
  placeOfMultiRegion,
  placeOnOutpost,
  type Surroundings,
} from './place.ts';
import { unreadable } from './refuse.ts';

/** What a request to one of S3's hosts is addressed to. */
export type Target =
  /** A bucket or what stands for one, and every key that the path may mean where it has one. */
  | { readonly kind: 'place'; readonly place: Place; readonly keys?: readonly string[] }
  /** All buckets of the account. */
  | { readonly kind: 'buckets' }
  /** The control plane of directory buckets; a bucket where the path has one. */
  | { readonly kind: 'directory-control'; readonly bucket?: Place }
  /** S3 Control; the account is the host's, where that names one. */
  | {
      readonly kind: 'control';
      readonly family: 's3' | 's3express' | 's3-outposts';
      readonly account?: string;
    }
  /** The service of Outposts' endpoints. */
  | { readonly kind: 'outposts' }
  /** What a function behind an Object Lambda access point answers. */
  | { readonly kind: 'lambda-answer' };

type Request = Pick<AgentRequest, 'path'>;

/**
 * Reads the address of a request to S3 from the family and labels of its host and from its path. Throws
 * `malformed_request` for every style that is not known: the first segment is a bucket only where S3 says so.
 */
export function locate(request: Request, endpoint: Endpoint, around: Surroundings): Target {
  const { service, labels, isForeign } = endpoint;
  const located = readers.get(service)?.(request, labels, around);
  if (isForeign === true && located?.kind === 'place' && located.keys?.some(isOfMinio) === true) {
    throw unreadable(
      `${printable(request.path)} is no key to a MinIO, whatever bucket the host names; choose another key`,
    );
  }
  if (located !== undefined) return located;
  throw unreadable(
    `${printable([...labels, service].join('.'))} with this path is no address of S3 that is known; use one that S3's documents show`,
  );
}

/** Whether requests to an endpoint are read here: S3 in all its families. */
export function isS3({ service }: Endpoint): boolean {
  return readers.has(service);
}

type Reader = (request: Request, labels: readonly string[], around: Surroundings) => Target | undefined;

const readers: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    s3: ({ path }, labels, around) =>
      labels.length === 0 ? locateByPath(path, around) : at(placeOfBucket(labels.join('.'), around), path),
    's3-accesspoint': (request, [label, ...others], around) =>
      label === undefined || others.length > 0
        ? undefined
        : at(placeOfAccessPoint(label, around, 's3'), request.path),
    's3-global': (request, [alias, mrap, ...others], around) =>
      alias === undefined || mrap !== 'mrap' || others.length > 0
        ? undefined
        : at(placeOfMultiRegion(alias, around), request.path),
    's3-object-lambda': locateObjectLambda,
    's3-outposts': locateOnOutposts,
    s3express: (request, [bucket, ...others], around) =>
      bucket === undefined || others.length > 0
        ? undefined
        : at(placeOfDirectory(bucket, around), request.path),
    's3express-control': locateDirectoryControl,
    's3-control': (request, [account, ...others]) => {
      const isAccount = account === undefined || /^\d{12}$/.test(account);
      if (!isAccount || others.length > 0 || !isControlPath(request.path)) return undefined;
      return { kind: 'control', family: 's3', ...(account !== undefined && { account }) };
    },
  }),
);

function isControlPath(path: string): boolean {
  return path.startsWith('/v20180820/');
}

/** Everything after the first slash is the key, empty segments and all. */
function at(place: Place | undefined, path: string): Target | undefined {
  if (place === undefined) return undefined;
  if (path === '/') return { kind: 'place', place };
  return { kind: 'place', place, keys: readingsOf(path.slice(1), 'the key') };
}

/** First segments under which servers that speak S3 (radosgw, MinIO) have other interfaces, their administration included. */
const otherInterfaces: ReadonlySet<string> = new Set(['admin', 'minio', 'swift']);

/** MinIO has its administration there on every host, and takes S3's signatures for it. */
function isOfMinio(key: string): boolean {
  return /^minio(?:\/|$)/.test(key);
}

function locateByPath(path: string, around: Surroundings): Target | undefined {
  if (path === '/') return { kind: 'buckets' };
  const slash = path.indexOf('/', 1);
  const bucket = decodeEscapes(slash === -1 ? path.slice(1) : path.slice(1, slash), 'the bucket');
  if (otherInterfaces.has(bucket)) {
    throw unreadable(`/${bucket} is no bucket to every server that speaks S3; name the bucket in the host`);
  }
  const located = at(placeOfBucket(bucket, around), slash === -1 ? '/' : path.slice(slash));
  if (located?.kind === 'place' && located.keys?.some(isClimbing)) {
    throw unreadable(
      'the dot segments of the path lead out of the bucket; name the bucket in the host, or choose another key',
    );
  }
  return located;
}

function locateObjectLambda(
  { path }: Request,
  [label, ...others]: readonly string[],
  around: Surroundings,
): Target | undefined {
  if (label === undefined || others.length > 0) return undefined;
  const place = placeOfAccessPoint(label, around, 's3-object-lambda');
  if (place !== undefined) return at(place, path);
  return path === '/WriteGetObjectResponse' ? { kind: 'lambda-answer' } : undefined;
}

function locateOnOutposts(
  { path }: Request,
  [label, outpost, ...others]: readonly string[],
  around: Surroundings,
): Target | undefined {
  if (label !== undefined) {
    return outpost === undefined || others.length > 0
      ? undefined
      : at(placeOnOutpost(label, outpost, around), path);
  }
  if (path.startsWith('/S3Outposts/')) return { kind: 'outposts' };
  return isControlPath(path) ? { kind: 'control', family: 's3-outposts' } : undefined;
}

function locateDirectoryControl(
  { path }: Request,
  labels: readonly string[],
  around: Surroundings,
): Target | undefined {
  if (labels.length > 0) return undefined;
  if (isControlPath(path)) return { kind: 'control', family: 's3express' };
  if (path === '/') return { kind: 'directory-control' };
  const [, name] = /^\/([a-z0-9-]+)\/?$/.exec(path) ?? [];
  const bucket = name === undefined ? undefined : placeOfDirectory(name, around);
  return bucket === undefined ? undefined : { kind: 'directory-control', bucket };
}
