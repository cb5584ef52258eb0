import { checkAccess, type Wish } from './gcs-access.ts';
import {
  type Bucket,
  GcsError,
  listObjects,
  putObject,
  type StoredObject,
  showBucket,
  showObject,
} from './gcs-store.ts';
import type { Grant } from './tokens.ts';

/** One call of the JSON API. */
export interface Call {
  readonly method: string;
  /** After `/storage/v1/`, its segments decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly grant: Grant;
  readonly buckets: Map<string, Bucket>;
}

/** What it is answered. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly content?: Buffer;
}

/** Answers one call. Throws `GcsError`. */
export function callJson(call: Call): Reply {
  const { segments, method } = call;
  const [root, bucket, collection, object, verb, ...rest] = segments;
  if (root === 'projects' && collection === 'serviceAccount')
    return { status: 200, json: { email_address: 'x' } };
  if (root !== 'b') throw new GcsError(404, 'notFound', `no ${segments.join('/')}`);
  if (bucket === undefined) return onBuckets(call);
  if (collection === undefined) return onBucket(call, bucket);
  if (collection === 'storageLayout') {
    need(call, { permission: 'storage.buckets.get', bucket });
    return {
      status: 200,
      json: { kind: 'storage#storageLayout', bucket, location: 'US', locationType: 'multi-region' },
    };
  }
  if (collection === 'iam') {
    need(call, { permission: `storage.buckets.${method === 'GET' ? 'get' : 'set'}IamPolicy`, bucket });
    return { status: 200, json: { kind: 'storage#policy', etag: 'CAE=', bindings: [] } };
  }
  if (collection !== 'o') throw new GcsError(404, 'notFound', `no ${collection}`);
  const held = bucketOf(call, bucket);
  if (object === undefined) return onListing(call, held);
  if (verb === undefined) return onObject(call, held, object);
  return onCopies(call, held, object, [verb, ...rest]);
}

/** Throws unless the caller may. */
function need(call: Call, wish: Wish): void {
  checkAccess(call.grant, wish);
}

function bucketOf({ buckets }: Call, name: string): Bucket {
  const bucket = buckets.get(name);
  if (bucket === undefined) throw new GcsError(404, 'notFound', 'The specified bucket does not exist.');
  return bucket;
}

/** The object that a request means, of the generation that it asks for. */
export function objectOf(bucket: Bucket, name: string, query: URLSearchParams): StoredObject {
  const object = bucket.objects.get(name);
  const generation = query.get('generation');
  if (object === undefined || (generation !== null && generation !== `${object.generation}`)) {
    throw new GcsError(404, 'notFound', `No such object: ${bucket.name}/${name}`);
  }
  return object;
}

/** Throws 412 unless `ifGenerationMatch` holds. */
export function checkGeneration(bucket: Bucket, name: string, query: URLSearchParams): void {
  const wanted = query.get('ifGenerationMatch');
  const is = bucket.objects.get(name)?.generation ?? 0;
  if (wanted !== null && Number(wanted) !== is) {
    throw new GcsError(
      412,
      'conditionNotMet',
      'At least one of the pre-conditions you specified did not hold.',
    );
  }
}

function onBuckets(call: Call): Reply {
  const { method, query, buckets } = call;
  const project = query.get('project') ?? '';
  if (method === 'GET') {
    need(call, { permission: 'storage.buckets.list' });
    const prefix = query.get('prefix') ?? '';
    const items = [...buckets.values()].filter(
      (item) => item.project === project && item.name.startsWith(prefix),
    );
    return { status: 200, json: { kind: 'storage#buckets', items: items.map(showBucket) } };
  }
  need(call, { permission: 'storage.buckets.create' });
  const { name = '', labels = {} } = JSON.parse(call.body.toString());
  if (buckets.has(name)) throw new GcsError(409, 'conflict', 'The requested bucket name is not available.');
  const made: Bucket = { name, project, labels, time: new Date().toISOString(), objects: new Map() };
  buckets.set(name, made);
  return { status: 200, json: showBucket(made) };
}

function onBucket(call: Call, name: string): Reply {
  const verb = call.method === 'GET' ? 'get' : call.method === 'DELETE' ? 'delete' : 'update';
  need(call, { permission: `storage.buckets.${verb}`, bucket: name });
  const bucket = bucketOf(call, name);
  if (verb === 'delete') {
    if (bucket.objects.size > 0)
      throw new GcsError(409, 'conflict', 'The bucket you tried to delete is not empty.');
    call.buckets.delete(name);
    return { status: 204 };
  }
  if (verb === 'update') Object.assign(bucket.labels, JSON.parse(call.body.toString()).labels ?? {});
  return { status: 200, json: showBucket(bucket) };
}

function onListing(call: Call, bucket: Bucket): Reply {
  const { method, query } = call;
  if (method !== 'GET') throw new GcsError(405, 'methodNotAllowed', method);
  need(call, { permission: 'storage.objects.list', bucket: bucket.name, prefix: query.get('prefix') ?? '' });
  const { items, prefixes, next } = listObjects(bucket, query);
  const shown = items.map((name) =>
    showObject(bucket.name, name, objectOf(bucket, name, new URLSearchParams())),
  );
  const page = next === undefined ? {} : { nextPageToken: next };
  return { status: 200, json: { kind: 'storage#objects', items: shown, prefixes, ...page } };
}

function onObject(call: Call, bucket: Bucket, name: string): Reply {
  const { method, query } = call;
  const verb = method === 'GET' ? 'get' : method === 'DELETE' ? 'delete' : 'update';
  need(call, { permission: `storage.objects.${verb}`, bucket: bucket.name, object: name });
  const object = objectOf(bucket, name, query);
  if (verb === 'delete') {
    checkGeneration(bucket, name, query);
    bucket.objects.delete(name);
    return { status: 204 };
  }
  if (verb === 'get' && query.get('alt') === 'media') return download(object, call.headers);
  if (verb === 'get') return { status: 200, json: showObject(bucket.name, name, object) };
  const { metadata = {}, contentType = object.contentType } = JSON.parse(call.body.toString());
  const changed = { ...object, contentType, metadata: { ...object.metadata, ...metadata } };
  bucket.objects.set(name, { ...changed, metageneration: object.metageneration + 1 });
  return { status: 200, json: showObject(bucket.name, name, objectOf(bucket, name, new URLSearchParams())) };
}

/** The content of an object, or the range of it that a request names. */
export function download(object: StoredObject, headers: Call['headers']): Reply {
  const { content, contentType, generation, metageneration, crc, md5 } = object;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(String(headers['range'] ?? '')) ?? [];
  const hasRange = first !== '' || last !== '';
  const from = first === '' ? (last === '' ? 0 : Math.max(0, content.length - Number(last))) : Number(first);
  const to = first !== '' && last !== '' ? Math.min(Number(last) + 1, content.length) : content.length;
  if (hasRange && from >= content.length) {
    const size = { 'content-range': `bytes */${content.length}` };
    return { status: 416, headers: size, content: Buffer.from('The requested range cannot be satisfied.') };
  }
  const about = {
    'content-type': contentType,
    'x-goog-generation': `${generation}`,
    'x-goog-metageneration': `${metageneration}`,
    'x-goog-stored-content-length': `${content.length}`,
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-storage-class': 'STANDARD',
    'x-goog-hash': `crc32c=${crc},md5=${md5}`,
    etag: `"C${generation}"`,
    'accept-ranges': 'bytes',
    ...(hasRange && { 'content-range': `bytes ${from}-${to - 1}/${content.length}` }),
  };
  return { status: hasRange ? 206 : 200, headers: about, content: content.subarray(from, to) };
}

/** `compose`, `rewriteTo`, `copyTo` and `moveTo`. */
function onCopies(call: Call, bucket: Bucket, name: string, [verb, ...rest]: readonly string[]): Reply {
  const { query, body } = call;
  const asked = body.length === 0 ? {} : JSON.parse(body.toString());
  const write = (to: Bucket, object: string) =>
    need(call, { permission: 'storage.objects.create', bucket: to.name, object });
  const read = (object: string) =>
    need(call, { permission: 'storage.objects.get', bucket: bucket.name, object });
  if (verb === 'compose') {
    write(bucket, name);
    const parts: string[] = asked.sourceObjects.map((source: { name: string }) => source.name);
    for (const part of parts) read(part);
    checkGeneration(bucket, name, query);
    const content = Buffer.concat(parts.map((part) => objectOf(bucket, part, new URLSearchParams()).content));
    const made = { content, ...asked.destination, components: parts.length };
    return { status: 200, json: showObject(bucket.name, name, putObject(bucket, name, made)) };
  }
  const [toBucket, toName] = verb === 'moveTo' ? [bucket.name, rest[1]] : [rest[1], rest[3]];
  if (
    !['rewriteTo', 'copyTo', 'moveTo'].includes(verb ?? '') ||
    toBucket === undefined ||
    toName === undefined
  ) {
    throw new GcsError(404, 'notFound', `no ${verb}`);
  }
  const target = bucketOf(call, toBucket);
  read(name);
  write(target, toName);
  if (verb === 'moveTo')
    need(call, { permission: 'storage.objects.delete', bucket: bucket.name, object: name });
  const source = objectOf(bucket, name, query);
  // A large object takes two calls, so that clients show that they go on.
  const isFirst =
    verb === 'rewriteTo' && source.content.length > 1 << 20 && query.get('rewriteToken') === null;
  const size = `${source.content.length}`;
  const rewritten = { kind: 'storage#rewriteResponse', totalBytesRewritten: size, objectSize: size };
  if (isFirst) {
    return {
      status: 200,
      json: { ...rewritten, totalBytesRewritten: '1048576', done: false, rewriteToken: 'go-on' },
    };
  }
  const { content, contentType, metadata } = source;
  const object = putObject(target, toName, { content, contentType, metadata, ...asked });
  if (verb === 'moveTo') bucket.objects.delete(name);
  const shown = showObject(target.name, toName, object);
  return { status: 200, json: verb === 'rewriteTo' ? { ...rewritten, done: true, resource: shown } : shown };
}
