import { printable } from '@pai/core';
import { unreadable } from './refuse.ts';

/** What the full resource name of every bucket begins with: buckets have names of their own in no project. */
export const bucketsRoot = '//storage.googleapis.com/projects/_/buckets/';

/** The full resource name of a bucket. */
export function bucketResource(bucket: string): string {
  return bucketsRoot + bucket;
}

/** The full resource name of an object, its name decoded. */
export function objectResource(bucket: string, object: string): string {
  return `${bucketsRoot}${bucket}/objects/${object}`;
}

/** The full resource name of a project. */
export function projectResource(project: string): string {
  return `//cloudresourcemanager.googleapis.com/projects/${project}`;
}

/** The name of a bucket as it stands in a request. Throws `malformed_request` for what no bucket is called. */
export function checkBucket(name: unknown): string {
  if (typeof name === 'string' && bucketName.test(name) && !name.includes('..')) return name;
  throw unreadable(
    `${shown(name)} is no name of a bucket; they have 3 or more lower-case letters, digits, dashes, dots and underscores`,
  );
}

/** Cloud Storage documentation, "Bucket names": 3 to 63 characters, or up to 222 with dots. */
const bucketName = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/**
 * The name of an object, decoded. Throws `malformed_request` for what no object is called (Cloud Storage documentation,
 * "Object names") and for dot segments, which some servers resolve.
 */
export function checkObject(name: unknown, what = 'object'): string {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed() || /[\0\r\n]/.test(name)) {
    throw unreadable(`${shown(name)} is no name of an ${what}; write one in UTF-8, in one line`);
  }
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(name)) {
    throw unreadable(`the ${what} ${printable(name)} has a dot segment; choose a name without one`);
  }
  return name;
}

/** A name that has no slashes, such as that of a notification. Throws `malformed_request` for anything else. */
export function checkPlainName(name: string): string {
  if (/^[^\x00-\x1f/\x7f]+$/.test(name) && name !== '.' && name !== '..') return name;
  throw unreadable(`${printable(name)} is no plain name; write it without slashes, as Cloud Storage has it`);
}

/** The id or the number of a project. Throws `malformed_request` for anything else, a stand-in such as `-` included. */
export function checkProject(name: string): string {
  if (/^(?:[a-z0-9][a-z0-9.-]*:)?[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw unreadable(`${printable(name)} is no project; write its id`);
}

/**
 * A segment of a path without its percent-encoding, taken off once. Throws `malformed_request` for a broken escape and for
 * what is not UTF-8.
 */
export function decodeSegment(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw unreadable(`${printable(raw)} is not percent-encoded UTF-8; encode % as %25, and text as UTF-8`);
  }
}

/** What a raw name may mean: servers of S3's API read `+` as a space, others as itself. */
export function readingsOf(raw: string): readonly string[] {
  const literal = decodeSegment(raw);
  return raw.includes('+') ? [literal, decodeSegment(raw.replaceAll('+', ' '))] : [literal];
}

function shown(name: unknown): string {
  return typeof name === 'string' ? printable(name) : 'what is not text';
}
