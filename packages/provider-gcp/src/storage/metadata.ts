import { type AgentRequest, decodeUtf8, printable, readDecoded, readJson, readMediaType } from '@pai/core';
import { isOn, type JsonQuery } from './query.ts';
import { unreadable } from './refuse.ts';

/** The members of a resource or of options, as JSON has them. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Bytes of metadata that are read. */
export const longestMetadata = 1024 * 1024;

const none: Metadata = {};

/**
 * The JSON object that a request has as its content, none for none. Throws `malformed_request` for content of another
 * type or with two readings, and `body_too_large` over 1 MiB.
 */
export async function readMetadata(request: Pick<AgentRequest, 'headers' | 'body'>): Promise<Metadata> {
  if (request.body.length === 0) return none;
  const content = await readDecoded(request, longestMetadata);
  if (content.length === 0) return none;
  const { type, parameters } = readMediaType(request);
  return parseMetadata(content, type, parameters.get('charset'));
}

/** Metadata of this media type; `null`, as Go writes for none, is none. Throws `malformed_request` for any other than JSON in UTF-8, and for what is no object. */
export function parseMetadata(content: Uint8Array, type: string, charset = 'utf-8'): Metadata {
  if (type !== 'application/json' || !/^utf-?8$/i.test(charset)) {
    throw unreadable(`the metadata is ${printable(type)}; send it as application/json in UTF-8`);
  }
  const value = readJson(decodeUtf8(content));
  if (value === null) return none;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Metadata;
  throw unreadable('the metadata is JSON, but no object; send one');
}

/** Parameters that give access to what is written. */
const grants = ['predefinedAcl', 'destinationPredefinedAcl', 'predefinedDefaultObjectAcl'];

/** Members of metadata that need a permission of their own, and the permission. */
const guarded = {
  buckets: { acl: 'setIamPolicy', defaultObjectAcl: 'setIamPolicy', ipFilter: 'setIpFilter' },
  objects: { acl: 'setIamPolicy', retention: 'setRetention' },
} as const;

/**
 * Which more permissions the parameters and the metadata of a request need, without `storage.buckets.` or
 * `storage.objects.` (Cloud Storage documentation, "IAM permissions for JSON methods", notes).
 */
export function extrasOf(
  kind: 'buckets' | 'objects',
  query: JsonQuery,
  metadata: Metadata,
): readonly string[] {
  const extras = new Set<string>();
  for (const [member, permission] of Object.entries(guarded[kind])) {
    if (Object.hasOwn(metadata, member)) extras.add(permission);
  }
  if (grants.some((name) => query.has(name))) extras.add('setIamPolicy');
  if ((query.get('projection') ?? 'noAcl') !== 'noAcl') extras.add('getIamPolicy');
  if (isOn(query, 'copySourceAcl') || (metadata['copySourceAcl'] ?? false) !== false) {
    extras.add('getIamPolicy').add('setIamPolicy');
  }
  if (isOn(query, 'overrideUnlockedRetention')) extras.add('overrideUnlockedRetention');
  if (isOn(query, 'enableObjectRetention')) extras.add('enableObjectRetention');
  return [...extras];
}

/** Refuses a member of the metadata that says another name than the request does where it counts. */
export function refuseOther(metadata: Metadata, member: 'name' | 'bucket', name: string | undefined): void {
  const said = metadata[member];
  if (said === undefined || said === null || said === name) return;
  throw unreadable(`the metadata has another ${member} than the address of the request; leave it out there`);
}
