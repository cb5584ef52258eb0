import { formatAuthority, type ReadonlyRawHeaders, type UpstreamRequest } from '@pai/core';
import { escapePath, recodePath, recodeQuery } from './percent.ts';

/** What of a request is signed, beside its payload hash. */
export type Signable = Pick<UpstreamRequest, 'method' | 'host' | 'port' | 'target' | 'headers'>;

/** A canonical request, a character a byte, and the names of the fields in it. */
export interface CanonicalRequest {
  readonly text: string;
  /** `host;x-amz-date`. */
  readonly signedHeaders: string;
}

/** Services for which a path is a key: they decode and escape it once, and never normalise it. */
export function hasRawPaths(signingName: string): boolean {
  return rawPathServices.has(signingName);
}

const rawPathServices = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);

/** How a canonical request is made. */
export interface CanonicalStyle {
  /** The path is decoded and escaped once. Else it is normalised, and its escapes are escaped. */
  readonly hasRawPath: boolean;
  /** Whether the field of this name, in lower case, is signed. Default: {@link isSignedField}. */
  readonly isSigned?: (name: string) => boolean;
}

/**
 * The canonical request (AWS Signature Version 4, "Create a canonical request") that a service computes from the bytes
 * this request will be sent as, over HTTP/1.1 or HTTP/2.
 */
export function canonicalRequest(
  request: Signable,
  payloadHash: string,
  { hasRawPath, isSigned = isSignedField }: CanonicalStyle,
): CanonicalRequest {
  const { method, target, headers } = request;
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : canonicalQuery(target.slice(mark + 1));
  const uri = hasRawPath ? recodePath(path) : escapePath(normalizePath(path));
  const { lines, names } = canonicalHeaders(headers, formatAuthority(request), isSigned);
  return {
    text: `${method}\n${uri}\n${query}\n${lines}\n${names}\n${payloadHash}`,
    signedHeaders: names,
  };
}

/** Fields that AWS wants signed, beside `host`. None of the others is, since they may change on the way. */
export function isSignedField(name: string): boolean {
  return name.startsWith('x-amz-') || name === 'content-type' || name === 'content-md5';
}

/** A raw path without dot segments and empty segments; a slash at its end stays. */
function normalizePath(path: string): string {
  if (!/\/\/|\/\./.test(path)) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Empty pairs are none; a name without `=` has the empty value; sorted by name, then by value. */
function canonicalQuery(query: string): string {
  const pairs: [name: string, value: string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const mark = part.indexOf('=');
    const name = mark === -1 ? part : part.slice(0, mark);
    pairs.push([recodeQuery(name), mark === -1 ? '' : recodeQuery(part.slice(mark + 1))]);
  }
  if (pairs.length > 1) pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function canonicalHeaders(
  headers: ReadonlyRawHeaders,
  host: string,
  isSigned: (name: string) => boolean,
): { readonly lines: string; readonly names: string } {
  const fields: { readonly name: string; readonly value: string }[] = [{ name: 'host', value: host }];
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name !== 'host' && isSigned(name)) fields.push({ name, value: collapse(headers[i + 1] as string) });
  }
  fields.sort((a, b) => compare(a.name, b.name));
  let lines = '';
  let names = '';
  let last: string | undefined;
  for (const { name, value } of fields) {
    if (name === last) lines += `,${value}`;
    else {
      lines += `${last === undefined ? '' : '\n'}${name}:${value}`;
      names += last === undefined ? name : `;${name}`;
    }
    last = name;
  }
  return { lines: `${lines}\n`, names };
}

/** A field value without white space around it, and with one space for each run of it inside. */
function collapse(value: string): string {
  if (!/^[\t ]|[\t ]$|\t| {2}/.test(value)) return value;
  return value.replace(/[\t ]+/g, ' ').replace(/^ | $/g, '');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
