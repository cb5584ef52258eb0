import { fieldKey, printable, type ReadonlyRawHeaders } from '@pai/core';
import { unreadable } from './refuse.ts';

/** The `x-amz-` fields of a request to S3 by lower-case name, those of a presigned URL's query among them. */
export type AmzFields = ReadonlyMap<string, string>;

/** Fields that S3 is known to read (Amazon S3 API Reference, 2006-03-01, and S3 Control, 2018-08-20). */
const known: ReadonlySet<string> = new Set(
  [
    'account-id acl api-version bucket-namespace bucket-object-lock-enabled bucket-object-lock-token bypass-governance-retention',
    'client-token confirm-remove-self-bucket-access content-sha256 copy-source copy-source-range create-session-mode date',
    'decoded-content-length expected-bucket-owner id-2 max-parts metadata-directive mfa mp-object-size object-annotation-directive',
    'object-attributes object-if-match object-lock-legal-hold object-lock-mode object-lock-retain-until-date',
    'object-ownership optional-object-attributes outpost-id part-number-marker region-set rename-source request-id',
    'request-payer request-route request-token s3session-token security-token skip-destination-validation',
    'source-expected-bucket-owner storage-class tagging tagging-directive te trailer',
    'transition-default-minimum-object-size user-agent website-redirect-location write-offset-bytes',
  ].flatMap((line) => line.split(' ')),
);

/** The beginnings of families of such fields. */
const families =
  /^(?:meta-|checksum-|sdk-|grant-|fwd-|if-|server-side-encryption|copy-source-(?:if-|server-side-encryption-)|rename-source-if-|object-lock-event-hold)/;

/** Metadata that Snowball and MinIO take as an order: the archive's objects go to keys that no request names. */
const unpacking = /^meta-(?:minio-)?snowball/;

/** MinIO's own fields: one of them deletes all that is below a key, with its versions, or a bucket with all that is in it. */
const ofMinio = 'x-minio-';

const prefix = 'x-amz-';
const none: AmzFields = new Map();

/**
 * Reads them. Throws `malformed_request` for one that is not known, which might say tomorrow what else a request does,
 * for one with two values, and for MinIO's own. `_` in a name counts as `-`, as some servers of S3's API read it.
 */
export function readFields(headers: ReadonlyRawHeaders, hoisted: ReadonlyRawHeaders): AmzFields {
  let fields: Map<string, string> | undefined;
  for (const list of [headers, hoisted]) {
    for (let i = 0; i < list.length; i += 2) {
      const raw = list[i] as string;
      const first = raw.charCodeAt(0);
      if (first !== 0x78 && first !== 0x58) continue;
      const name = fieldKey(raw);
      if (name.startsWith(ofMinio)) {
        throw unreadable(`${printable(name)} makes MinIO do what no action of S3 is called; leave it out`);
      }
      if (!name.startsWith(prefix)) continue;
      fields ??= new Map();
      add(fields, name, list[i + 1] as string, list === hoisted);
    }
  }
  return fields ?? none;
}

function add(fields: Map<string, string>, name: string, value: string, isHoisted: boolean): void {
  const rest = name.slice(prefix.length);
  if (!known.has(rest) && !families.test(rest)) {
    throw unreadable(`${printable(name)} is no header that S3 is known to read; leave it out`);
  }
  if (unpacking.test(rest)) {
    throw unreadable(
      `${printable(name)} makes some servers unpack what is uploaded; upload each object alone`,
    );
  }
  if (rest === 'trailer' && !/^x-amz-checksum-[a-z0-9]+$/i.test(value.trim())) {
    throw unreadable(
      `x-amz-trailer names ${printable(value)}; send one checksum behind the content, and nothing else`,
    );
  }
  const other = fields.get(name);
  if (other !== undefined && !rest.startsWith('meta-') && !(isHoisted && other === value)) {
    throw unreadable(`the request has ${name} twice; send it once`);
  }
  fields.set(name, value);
}
