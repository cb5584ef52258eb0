import type { Content } from './content.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import type { Refusal } from './signature.ts';

/** One request to S3 whose signature holds and whose content has arrived. */
export interface S3Call {
  readonly method: string;
  readonly bucket: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: ReadonlyMap<string, string>;
  readonly content: Content;
}

/** What the service says. */
export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In place of a body. */
  readonly object?: { readonly content: Content; readonly from: number; readonly to: number };
}

/** Does it, as the S3 API reference says. Throws a `Refusal`. */
export function callS3(store: ObjectStore, call: S3Call): S3Answer {
  const { method, bucket, key, query } = call;
  if (bucket === '') return xml('ListAllMyBucketsResult', bucketList(store));
  if (key === '') return callBucket(store, call);
  const id = query.get('uploadId');
  if (method === 'POST' && query.has('uploads')) {
    const upload = store.begin(bucket, key, kept(call.headers));
    return xml('InitiateMultipartUploadResult', `${names(call)}<UploadId>${upload}</UploadId>`);
  }
  if (method === 'PUT' && id !== null) {
    store.putPart(id, Number(query.get('partNumber')), call.content);
    return { status: 200, headers: { etag: `"${call.content.md5}"` } };
  }
  if (method === 'POST' && id !== null) {
    const numbers = [...textOf(call.content).matchAll(/<PartNumber>(\d+)</g)].map(([, n]) => Number(n));
    const { etag } = store.complete(id, numbers);
    return xml(
      'CompleteMultipartUploadResult',
      `<Location>/${bucket}</Location>${names(call)}<ETag>${escapeXml(etag)}</ETag>`,
    );
  }
  if (method === 'DELETE') {
    if (id === null) store.remove(bucket, key);
    else store.abort(id);
    return { status: 204 };
  }
  if (method === 'GET' && query.has('tagging')) return xml('Tagging', '<TagSet></TagSet>');
  if (method === 'PUT') return putObject(store, call);
  if (method === 'GET' || method === 'HEAD') return getObject(store.get(bucket, key), call);
  throw notKnown(call);
}

function callBucket(store: ObjectStore, call: S3Call): S3Answer {
  const { method, bucket, query } = call;
  if (method === 'PUT' && query.size === 0) {
    store.addBucket(bucket);
    return { status: 200 };
  }
  if (!store.hasBucket(bucket))
    throw { status: 404, code: 'NoSuchBucket', message: bucket } satisfies Refusal;
  if (method === 'HEAD') return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
  if (method === 'GET' && query.has('location')) return xml('LocationConstraint', '');
  if (method === 'GET' && query.has('versioning')) return xml('VersioningConfiguration', '');
  if (method === 'GET' && query.has('uploads'))
    return xml('ListMultipartUploadsResult', `<Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>`);
  if (method === 'POST' && query.has('delete')) {
    const keys = [...textOf(call.content).matchAll(/<Key>([^<]*)</g)].map(([, key = '']) => unescapeXml(key));
    for (const key of keys) store.remove(bucket, key);
    const deleted = keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
    return xml('DeleteResult', deleted.join(''));
  }
  if (method === 'GET' && (query.size === 0 || query.has('list-type') || query.has('prefix')))
    return xml('ListBucketResult', listing(store, call));
  throw notKnown(call);
}

function putObject(store: ObjectStore, { bucket, key, headers, content }: S3Call): S3Answer {
  const source = headers.get('x-amz-copy-source');
  if (source === undefined) {
    const { etag } = store.put(bucket, key, { content, headers: kept(headers) });
    return { status: 200, headers: { etag } };
  }
  const [, from = '', path = ''] = /^\/?([^/]+)\/([^?]*)/.exec(source) ?? [];
  const copied = store.put(bucket, key, store.get(from, decodeURIComponent(path)));
  const modified = copied.modified.toISOString();
  return xml(
    'CopyObjectResult',
    `<ETag>${escapeXml(copied.etag)}</ETag><LastModified>${modified}</LastModified>`,
  );
}

function getObject({ content, etag, modified, headers: own }: StoredObject, call: S3Call): S3Answer {
  const { size } = content;
  const [, first = '', end = ''] = /^bytes=(\d*)-(\d*)$/.exec(call.headers.get('range') ?? '') ?? [];
  const isPart = first !== '' || end !== '';
  const from = first === '' ? (isPart ? size - Number(end) : 0) : Number(first);
  const to = first === '' || end === '' ? size : Math.min(Number(end) + 1, size);
  if (isPart && from >= size)
    throw { status: 416, code: 'InvalidRange', message: 'out of range' } satisfies Refusal;
  const headers = {
    ...own,
    etag,
    'last-modified': modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': `${to - from}`,
    ...(isPart && { 'content-range': `bytes ${from}-${to - 1}/${size}` }),
  };
  const status = isPart ? 206 : 200;
  return call.method === 'HEAD' ? { status, headers } : { status, headers, object: { content, from, to } };
}

function listing(store: ObjectStore, { bucket, query }: S3Call): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Number(query.get('max-keys') ?? 1_000);
  const after = query.get('continuation-token') ?? query.get('marker') ?? query.get('start-after') ?? '';
  const spell = query.get('encoding-type') === 'url' ? encodeURIComponent : escapeXml;
  const entries = new Map<string, string>();
  let next = '';
  for (const key of store.keys(bucket)) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (name <= after || entries.has(name)) continue;
    if (entries.size === limit) {
      next = [...entries.keys()].at(-1) ?? '';
      break;
    }
    entries.set(name, cut < 0 ? entry(store.get(bucket, key), spell(key)) : commonPrefix(spell(name)));
  }
  const token = `<NextContinuationToken>${escapeXml(next)}</NextContinuationToken><NextMarker>${escapeXml(next)}</NextMarker>`;
  const encoding = query.has('encoding-type') ? '<EncodingType>url</EncodingType>' : '';
  return `<Name>${bucket}</Name><Prefix>${spell(prefix)}</Prefix><KeyCount>${entries.size}</KeyCount><MaxKeys>${limit}</MaxKeys>${encoding}<IsTruncated>${next !== ''}</IsTruncated>${next === '' ? '' : token}${[...entries.values()].join('')}`;
}

function entry({ content, etag, modified }: StoredObject, key: string): string {
  return `<Contents><Key>${key}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${content.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

const commonPrefix = (name: string) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;

function bucketList(store: ObjectStore): string {
  const created = '<CreationDate>2026-01-01T00:00:00.000Z</CreationDate>';
  const buckets = store.buckets().map((name) => `<Bucket><Name>${name}</Name>${created}</Bucket>`);
  return `<Owner><ID>pai</ID></Owner><Buckets>${buckets.join('')}</Buckets>`;
}

const names = ({ bucket, key }: S3Call) => `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key>`;

const notKnown = ({ method, query }: S3Call): Refusal => ({
  status: 501,
  code: 'NotImplemented',
  message: `${method} ?${query}`,
});

function kept(headers: ReadonlyMap<string, string>): Record<string, string> {
  const own = [...headers].filter(([name]) => /^(?:content-type|cache-control|x-amz-meta-.*)$/.test(name));
  const encoding = (headers.get('content-encoding') ?? '').replace(/\baws-chunked\b,?\s*/, '');
  return { ...Object.fromEntries(own), ...(encoding !== '' && { 'content-encoding': encoding }) };
}

function xml(root: string, inside: string): S3Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</${root}>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

/** What XML says of the characters that mean something in it. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (c) => `&#${c.charCodeAt(0)};`);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(x?)([0-9a-fA-F]+)|(\w+));/g, (_, hex: string, code: string, name?: string) =>
    name === undefined
      ? String.fromCodePoint(Number.parseInt(code, hex === 'x' ? 16 : 10))
      : (entities[name] ?? ''),
  );
}

function textOf(content: Content): string {
  return Buffer.concat([...content.read(0, content.size)]).toString('utf8');
}
