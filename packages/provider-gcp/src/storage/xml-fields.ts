import { fieldKey, printable, type ReadonlyRawHeaders } from '@pai/core';
import { unreadable } from './refuse.ts';

/** The fields of Google's and of S3's that decide, without `x-goog-` and `x-amz-`, by lower-case name. */
export type XmlFields = ReadonlyMap<string, string>;

/** Fields that the XML API is known to read (Cloud Storage documentation, "HTTP headers", and its S3 counterparts). */
const known: ReadonlySet<string> = new Set(
  [
    'acl algorithm allowed-resources api-client api-version bucket-object-lock-enabled bypass-governance-retention',
    'bypass-object-retention channel-id content-length-range content-sha256 copy-source copy-source-range custom-time',
    'credential custom-audit-info date decoded-content-length default-object-acl encryption-algorithm encryption-key encryption-key-sha256',
    'encryption-kms-key-name expected-bucket-owner fieldmask gcs-idempotency-token generation hash id-2 interop-list-objects-format',
    'metadata-directive object-attributes object-lock-legal-hold object-lock-mode object-lock-retain-until-date',
    'project-id request-id request-params request-payer request-reason request-time resumable rpc-status sdk-checksum-algorithm security-token',
    'storage-class tagging tagging-directive te trailer user-agent user-project visitor-id website-redirect-location',
  ].flatMap((line) => line.split(' ')),
);

/** The beginnings of families of such fields. */
const families =
  /^(?:meta-|checksum-|grant-|if-|custom-audit-|copy-source-(?:if-|encryption-|server-side-encryption-)|server-side-encryption|sdk-)/;

/**
 * Reads them. Throws `malformed_request` for one that is not known, which might say tomorrow what else a request does, for
 * one with two values, in whichever of the two spellings, and for content in frames, which would be stored with them.
 */
export function readFields(headers: ReadonlyRawHeaders): XmlFields {
  const fields = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) {
    const [, rest] = /^x-(?:goog|amz)-(.*)$/.exec(fieldKey(headers[i] as string)) ?? [];
    if (rest === undefined) continue;
    const value = headers[i + 1] as string;
    if (!known.has(rest) && !families.test(rest)) {
      throw unreadable(
        `${printable(headers[i] as string)} is no header that Cloud Storage is known to read; leave it out`,
      );
    }
    if (fields.has(rest) && !/^(?:meta-|user-project$)/.test(rest)) {
      throw unreadable(
        `the request has ${printable(headers[i] as string)} twice, or in two spellings; send it once`,
      );
    }
    if (rest === 'content-sha256' && /^streaming-/i.test(value)) {
      throw unreadable('the content is in aws-chunked frames; send it plainly');
    }
    fields.set(rest, value);
  }
  return fields;
}

/** Whether fields give access to what is made. */
export function isGranting(fields: XmlFields): boolean {
  return [...fields.keys()].some(
    (name) => name === 'acl' || name === 'default-object-acl' || name.startsWith('grant-'),
  );
}
