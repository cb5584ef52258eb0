import { type AgentRequest, printable } from '@pai/core';
import { decodeSegment } from './names.ts';
import { unreadable } from './refuse.ts';

/** The query of a request to the XML API. */
export interface XmlQuery {
  /** The sub-resource that the request is for, `''` when it is for the thing itself. */
  readonly selector: string;
  readonly value: string;
  /** Parameters that decide nothing by themselves, as the request spells them. */
  readonly options: ReadonlyMap<string, string>;
}

/** Sub-resources, which say what a request is for (Cloud Storage XML API reference; those of S3's API among them). */
const selectors: ReadonlySet<string> = new Set(
  [
    'acl autoclass billing compose cors defaultObjectAcl delete encryption encryptionConfig ipFilter legal-hold lifecycle',
    'list-type location logging notification object-lock policy publicAccessBlock requestPayment retention storageClass',
    'tagging uploadId upload_id uploads versioning versions website',
  ].flatMap((line) => line.split(' ')),
);

/** What else is known to be read. Anything more might be a sub-resource of tomorrow. */
const options: ReadonlySet<string> = new Set(
  [
    'alt continuation-token delimiter encoding-type endOffset fetch-owner generation generation-marker key-marker marker',
    'max-keys max-parts max-uploads part-number-marker partNumber prefix prettyPrint project response-cache-control',
    'response-content-disposition response-content-encoding response-content-language response-content-type',
    'response-expires start-after startOffset upload-id-marker userProject version-id-marker versionId x-id',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Parameters of a signed URL, in lower case: those of Google's two versions and of S3's (Cloud Storage documentation,
 * "Signed URLs"), and of keys and tokens in the query. They are the agent's own credentials, which are taken away.
 */
const signature: ReadonlySet<string> = new Set(
  [
    'x-goog-algorithm x-goog-credential x-goog-date x-goog-expires x-goog-signedheaders x-goog-signature',
    'x-amz-algorithm x-amz-credential x-amz-date x-amz-expires x-amz-signedheaders x-amz-signature x-amz-security-token',
    'googleaccessid awsaccesskeyid signature expires access_token oauth_token key',
  ].flatMap((line) => line.split(' ')),
);

/** Whether they are there at all is one question when they are empty, and two servers may answer it in two ways. */
const valued: ReadonlySet<string> = new Set([
  'partNumber',
  'uploadId',
  'upload_id',
  'versionId',
  'generation',
]);

const nothing: XmlQuery = { selector: '', value: '', options: new Map() };

/**
 * Reads the query of a request to the XML API. Throws `malformed_request` for whatever leaves room for a second reading: a
 * name that is not known or not spelled plainly, a name twice, two sub-resources, a raw `;`.
 */
export function readXmlQuery({ query }: Pick<AgentRequest, 'query'>): XmlQuery {
  if (query === '') return nothing;
  if (query.includes(';')) throw unreadable('the query has a raw ; that can be read as &; write it as %3B');
  const found = new Map<string, string>();
  const others = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const mark = pair.indexOf('=');
    const name = mark === -1 ? pair : pair.slice(0, mark);
    const value = mark === -1 ? '' : pair.slice(mark + 1);
    if (found.has(name) || others.has(name)) throw unreadable(`the query has ${name} twice; send it once`);
    if (value === '' && valued.has(name)) {
      throw unreadable(`the query has an empty ${name}; give it a value or leave it out`);
    }
    if (selectors.has(name)) found.set(name, value);
    else if (options.has(name)) others.set(name, value);
    else if (!signature.has(name.toLowerCase())) throw unknown(name);
  }
  const [[selector, value] = ['', ''], other] = found;
  if (other === undefined) return { selector, value: decodeSegment(value), options: others };
  throw unreadable(`the query asks for both ${selector} and ${other[0]}; send one request for each`);
}

function unknown(name: string): Error {
  if (/^x-(?:goog|amz)-/i.test(name)) {
    return unreadable(
      `the query has ${printable(name)}, which a signed URL carries for the header; send it as a header`,
    );
  }
  return unreadable(
    `the query parameter ${printable(name)} is none that Cloud Storage is known to read, or not spelled plainly; leave it out`,
  );
}
