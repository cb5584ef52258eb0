import { type AgentRequest, printable, type RawHeaders } from '@pai/core';
import { decodeEscapes } from './escapes.ts';
import { unreadable } from './refuse.ts';

/** The query of a request to S3. */
export interface S3Query {
  /** The sub-resource that the request is for, `''` when it is for the thing itself. */
  readonly selector: string;
  /** What the sub-resource is given as, decoded. */
  readonly value: string;
  /** Parameters that decide nothing by themselves, as the request spells them. */
  readonly options: ReadonlyMap<string, string>;
  /** Fields that a presigned URL carries for the header, `[name, value, …]`. */
  readonly hoisted: RawHeaders;
}

/** Sub-resources, which say what a request is for (Amazon S3 API Reference, 2006-03-01). */
const selectors: ReadonlySet<string> = new Set(
  [
    'abac accelerate acl analytics annotation attributes cors delete encryption intelligent-tiering inventory legal-hold',
    'lifecycle list-type location logging metadataAnnotationTable metadataConfiguration metadataInventoryTable',
    'metadataJournalTable metadataTable metrics notification object-lock ownershipControls policy policyStatus',
    'publicAccessBlock renameObject replication requestPayment restore retention select session tagging torrent',
    'uploadId uploads versioning versions website',
  ].flatMap((line) => line.split(' ')),
);

/** What else S3 is known to read. Anything more might be a sub-resource of tomorrow. */
const options: ReadonlySet<string> = new Set(
  [
    'annotation-prefix annotationName bucket-region continuation-token delimiter encoding-type fetch-owner id key-marker',
    'marker max-annotation-results max-buckets max-directory-buckets max-keys max-parts max-uploads part-number-marker',
    'partNumber prefix response-cache-control response-content-disposition response-content-encoding',
    'response-content-language response-content-type response-expires select-type start-after upload-id-marker',
    'version-id-marker versionId x-id',
  ].flatMap((line) => line.split(' ')),
);

/** The signature of a presigned URL, in both versions (Amazon S3 API Reference, "Authenticating Requests"). */
const signature: ReadonlySet<string> = new Set(
  [
    'x-amz-algorithm x-amz-credential x-amz-date x-amz-expires x-amz-region-set x-amz-security-token x-amz-signature',
    'x-amz-signedheaders x-amz-s3session-token AWSAccessKeyId Signature Expires',
  ].flatMap((line) => line.split(' ')),
);

/** Whether they are there at all is one question when they are empty, and two servers may answer it in two ways. */
const valued: ReadonlySet<string> = new Set(['annotationName', 'partNumber', 'uploadId', 'versionId']);

const nothing: S3Query = { selector: '', value: '', options: new Map(), hoisted: [] };

/**
 * Reads the query of a request to S3. Throws `malformed_request` for whatever leaves room for a second reading: a name
 * that is not known or not spelled plainly, a name twice, two sub-resources, a raw `;`, and fields of the header on a
 * request that is no presigned URL.
 */
export function readQuery({ query }: Pick<AgentRequest, 'query'>): S3Query {
  if (query === '') return nothing;
  if (query.includes(';')) throw unreadable('the query has a raw ; that can be read as &; write it as %3B');
  const pairs = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const mark = pair.indexOf('=');
    const name = mark === -1 ? pair : pair.slice(0, mark);
    if (pairs.has(name)) throw unreadable(`the query has ${printable(name)} twice; send it once`);
    const value = mark === -1 ? '' : pair.slice(mark + 1);
    if (value === '' && valued.has(name)) {
      throw unreadable(`the query has an empty ${name}; give it a value or leave it out`);
    }
    pairs.set(name, value);
  }
  return sort(pairs);
}

function sort(pairs: ReadonlyMap<string, string>): S3Query {
  const found: string[] = [];
  const others = new Map<string, string>();
  const hoisted: RawHeaders = [];
  const isSigned = isPresigned(pairs);
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    if (selectors.has(name)) found.push(name);
    else if (options.has(name)) others.set(name, value);
    else if (isSigned && (signature.has(name) || signature.has(lower))) continue;
    else if (isSigned && /^x-amz-[\w-]+$/.test(lower)) hoisted.push(lower, decodeEscapes(value, name));
    else throw unknown(name, isSigned);
  }
  const [selector = '', other] = found;
  if (other !== undefined) {
    throw unreadable(`the query asks for both ${selector} and ${other}; send one request for each`);
  }
  return { selector, value: decodeEscapes(pairs.get(selector) ?? '', selector), options: others, hoisted };
}

function isPresigned(pairs: ReadonlyMap<string, string>): boolean {
  if (pairs.has('AWSAccessKeyId') && pairs.has('Signature')) return true;
  return [...pairs.keys()].some((name) => name.toLowerCase() === 'x-amz-signature');
}

function unknown(name: string, isSigned: boolean): Error {
  if (!/^[\w-]*$/.test(name)) {
    return unreadable(
      `the query parameter ${printable(name)} is not spelled plainly; spell it as S3's documents do`,
    );
  }
  if (!isSigned && /^x-amz-/i.test(name)) {
    return unreadable(
      `the query has ${printable(name)} on a request that is not presigned; send it as a header`,
    );
  }
  return unreadable(`the query parameter ${printable(name)} is none that S3 is known to read; leave it out`);
}
