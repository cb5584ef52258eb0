import { type AgentRequest, fieldKey, getHeaders, printable } from '@pai/core';
import type { GcpAction } from '../gcp-action.ts';
import { extrasOf, type Metadata, readMetadata, refuseOther } from './metadata.ts';
import { bucketResource, checkBucket, checkObject, objectResource, readingsOf } from './names.ts';
import { type JsonQuery, readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import { readRelated } from './related.ts';
import type { UploadSessions } from './upload-sessions.ts';

/** What decides about uploads beside the request. */
export interface UploadOptions {
  /** The path says that the upload is resumable. */
  readonly isResumable: boolean;
  readonly sessions: UploadSessions | undefined;
}

/**
 * The actions of a request to `/upload/storage/v1/` or `/resumable/upload/storage/v1/`, by its method and the raw segments
 * behind that. A request to a session is on the object that its URL names, or for which it was seen to be opened, and on
 * any where neither says it. Throws `malformed_request` when they cannot be told, `body_too_large` when the metadata is too long.
 */
export async function readUploadActions(
  request: AgentRequest,
  method: string,
  segments: readonly string[],
  { isResumable, sessions }: UploadOptions,
): Promise<readonly GcpAction[]> {
  const [b, raw = '', o, ...others] = segments;
  if (b !== 'b' || o !== 'o' || others.length > 0) {
    throw unreadable('the path is no address of uploads; send them to /upload/storage/v1/b/BUCKET/o');
  }
  refuseOtherProtocols(request);
  const query = readQuery(request);
  const bucket = readingsOf(raw).map(checkBucket)[0] ?? '';
  if (query.has('upload_id')) {
    if (isForSession(method, request)) return sessionActions(bucket, query, sessions);
    throw unreadable('an upload session takes content with PUT and ends with DELETE; use one of them');
  }
  if (method !== 'POST') throw unreadable(`${printable(method)} uploads nothing; use POST`);
  const metadata = await metadataOf(request, query, isResumable);
  refuseOther(metadata, 'bucket', bucket);
  const name = query.get('name') ?? metadata['name'];
  if (query.has('name')) refuseOther(metadata, 'name', query.get('name'));
  const resource = objectResource(bucket, checkObject(name));
  sessions?.opening(request, resource);
  return [{ name: 'storage.objects.create', resource }, ...extras(resource, query, metadata)];
}

function extras(resource: string, query: JsonQuery, metadata: Metadata): readonly GcpAction[] {
  return extrasOf('objects', query, metadata).map((extra) => ({
    name: `storage.objects.${extra}`,
    resource,
  }));
}

/** gcsfs sends its chunks with POST; what says which bytes it has is no metadata that would open another session. */
function isForSession(method: string, { headers }: AgentRequest): boolean {
  return (
    /^(?:PUT|DELETE)$/.test(method) ||
    (method === 'POST' && getHeaders(headers, 'content-range').length === 1)
  );
}

function sessionActions(
  bucket: string,
  query: JsonQuery,
  sessions: UploadSessions | undefined,
): readonly GcpAction[] {
  if ((query.get('uploadType') ?? 'resumable') !== 'resumable') {
    throw unreadable('the query has an upload_id with another uploadType than resumable; send that');
  }
  const name = query.get('name');
  const seen = sessions?.find(query.get('upload_id') ?? '');
  const resource = name === undefined ? seen : objectResource(bucket, checkObject(name));
  if (resource === undefined) {
    return [{ name: 'storage.objects.create', resource: bucketResource(bucket), reach: 'any' }];
  }
  if ((seen ?? resource) !== resource || !resource.startsWith(`${bucketResource(bucket)}/`)) {
    throw unreadable('the upload session was opened for another object than the URL names; use its own URL');
  }
  return [{ name: 'storage.objects.create', resource }, ...extras(resource, query, {})];
}

/** The metadata that comes with an upload. */
async function metadataOf(request: AgentRequest, query: JsonQuery, isResumable: boolean): Promise<Metadata> {
  const type = query.get('uploadType') ?? (isResumable ? 'resumable' : undefined);
  if (isResumable && type !== 'resumable') throw unreadable('the path is for resumable uploads; use /upload');
  if (type === 'media') return {};
  if (type === 'resumable') return readMetadata(request);
  if (type !== 'multipart') {
    throw unreadable('the query has no uploadType that is known; send media, multipart or resumable');
  }
  const coding = getHeaders(request.headers, 'content-encoding').join(',').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return readRelated(request);
  throw unreadable('the content begins with metadata, and it is encoded; send it without content-encoding');
}

/** The protocol that others of Google's services take uploads by. */
function refuseOtherProtocols({ headers }: AgentRequest): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = fieldKey(headers[i] as string);
    if (!name.startsWith('x-goog-upload-') && name !== 'slug') continue;
    throw unreadable(`${name} asks for another protocol of uploads; use uploadType in the query`);
  }
}
