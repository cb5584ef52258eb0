import { createHash } from 'node:crypto';
import { crc32c } from './crc32c.ts';

/** An object as it is kept. */
export interface StoredObject {
  readonly content: Buffer;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly generation: number;
  readonly metageneration: number;
  readonly time: string;
  readonly md5: string;
  readonly crc: string;
  readonly components?: number;
}

/** A bucket and its objects by name. */
export interface Bucket {
  readonly name: string;
  readonly project: string;
  readonly time: string;
  readonly labels: Record<string, string>;
  readonly objects: Map<string, StoredObject>;
}

/** What is to become an object. */
export interface NewObject {
  readonly content: Buffer;
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly components?: number;
}

/** What a request was answered that asks for too much or the wrong. */
export class GcsError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

let generations = Date.now() * 1_000;

/** Puts an object into a bucket, in place of one of its name. */
export function putObject(bucket: Bucket, name: string, given: NewObject): StoredObject {
  generations += 1;
  const stored: StoredObject = {
    content: given.content,
    contentType: given.contentType ?? 'application/octet-stream',
    metadata: given.metadata ?? {},
    generation: generations,
    metageneration: 1,
    time: new Date().toISOString(),
    md5: createHash('md5').update(given.content).digest('base64'),
    crc: crc32c(given.content),
    ...(given.components !== undefined && { components: given.components }),
  };
  bucket.objects.set(name, stored);
  return stored;
}

/** An object in JSON, as the API shows it. */
export function showObject(bucket: string, name: string, object: StoredObject) {
  const path = `https://www.googleapis.com/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${object.generation}`,
    selfLink: path,
    mediaLink: `https://storage.googleapis.com/download/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?generation=${object.generation}&alt=media`,
    name,
    bucket,
    generation: `${object.generation}`,
    metageneration: `${object.metageneration}`,
    contentType: object.contentType,
    storageClass: 'STANDARD',
    size: `${object.content.length}`,
    md5Hash: object.md5,
    crc32c: object.crc,
    etag: `C${object.generation}`,
    timeCreated: object.time,
    updated: object.time,
    timeStorageClassUpdated: object.time,
    metadata: object.metadata,
    ...(object.components !== undefined && { componentCount: object.components }),
  };
}

/** A bucket in JSON, as the API shows it. */
export function showBucket({ name, time, labels }: Bucket) {
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `https://www.googleapis.com/storage/v1/b/${name}`,
    projectNumber: '123456789012',
    name,
    timeCreated: time,
    updated: time,
    metageneration: '1',
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    etag: 'CAE=',
    labels,
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
  };
}

/** What of a bucket a listing shows, and where the next one goes on. */
export function listObjects(bucket: Bucket, query: URLSearchParams) {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const from = query.get('pageToken') ?? query.get('startOffset') ?? '';
  const limit = Number(query.get('maxResults') ?? 1_000);
  const names = [...bucket.objects.keys()].filter((name) => name.startsWith(prefix) && name >= from).sort();
  const prefixes = new Set<string>();
  const items: string[] = [];
  let next: string | undefined;
  for (const name of names) {
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    if (items.length >= limit) {
      next = name;
      break;
    }
    if (at === -1) items.push(name);
    else prefixes.add(name.slice(0, at + delimiter.length));
  }
  return { items, prefixes: [...prefixes], next };
}
