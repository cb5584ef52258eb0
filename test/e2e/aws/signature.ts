import { createHash, createHmac } from 'node:crypto';
import type { AwsKeys } from './keys.ts';

/** The head of a request as it arrived. */
export interface SignedHead {
  readonly method: string;
  /** Path and query, untouched. */
  readonly target: string;
  readonly host: string;
  /** Every line, `host` left out; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a signature that holds says, and what chunks are signed with. */
export interface Signed {
  readonly region: string;
  readonly service: string;
  /** `x-amz-content-sha256`. */
  readonly payload: string;
  readonly signature: string;
  /** Signs one more string of this request: `AWS4-HMAC-SHA256-PAYLOAD` or `-TRAILER` and what follows its scope. */
  readonly signNext: (algorithm: string, ...lines: readonly string[]) => string;
}

/** An error of S3, by its code. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/**
 * Recomputes the signature of a request from nothing but what arrived, and from AWS's own description of Signature
 * Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function verifySignature(head: SignedHead, keys: AwsKeys, time: number): Signed | Refusal {
  const headerOf = (name: string) => head.headers.find(([is]) => is === name)?.[1];
  const refuse = (code: string, message: string): Refusal => ({ status: 403, code, message });
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, id, day = '', region = '', service = '', list = '', signature = ''] =
    form.exec(headerOf('authorization') ?? '') ?? [];
  if (id === undefined) return refuse('AccessDenied', 'there is no signature in the header');
  if (/[?&]x-amz-signature=/i.test(head.target)) return refuse('AccessDenied', 'two signatures');
  if (id !== keys.accessKeyId) return refuse('InvalidAccessKeyId', 'the access key id does not exist');
  if (headerOf('x-amz-security-token') !== undefined) return refuse('InvalidToken', 'no session was made');
  const names = list.split(';');
  const unsigned = head.headers.filter(([name]) => name.startsWith('x-amz-') && !names.includes(name));
  if (unsigned.length > 0 || !names.includes('host'))
    return refuse('AccessDenied', `headers that were not signed: host or ${unsigned.map(([name]) => name)}`);
  const date = headerOf('x-amz-date') ?? '';
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null || !date.startsWith(day)) return refuse('AccessDenied', 'no date');
  const [, year, month, of, hour, minute, second] = parts;
  const signedAt = Date.parse(`${year}-${month}-${of}T${hour}:${minute}:${second}Z`);
  if (Math.abs(signedAt - time) > 15 * 60_000)
    return refuse(
      'RequestTimeTooSkewed',
      'the difference between the request time and the current time is too large',
    );
  const payload = headerOf('x-amz-content-sha256') ?? '';
  if (payload === '') return { status: 400, code: 'InvalidRequest', message: 'no x-amz-content-sha256' };
  const canonical = [
    head.method,
    ...canonicalTarget(head.target),
    ...names.map((name) => `${name}:${canonicalValue(head, name)}`),
    '',
    list,
    payload,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${keys.secretAccessKey}`,
  );
  const sign = (algorithm: string, ...lines: readonly string[]) =>
    createHmac('sha256', key)
      .update([algorithm, date, scope, ...lines].join('\n'))
      .digest('hex');
  const expected = sign('AWS4-HMAC-SHA256', createHash('sha256').update(canonical).digest('hex'));
  if (expected !== signature) return refuse('SignatureDoesNotMatch', `the canonical request is ${canonical}`);
  return { region, service, payload, signature, signNext: sign };
}

/**
 * Path and query as S3 spells them: decoded once and encoded once. In paths `%2F` is a slash (Java's SDK signs `a//b` and
 * sends `a/%2Fb`) and `+` a space.
 */
function canonicalTarget(target: string): [path: string, query: string] {
  const at = target.includes('?') ? target.indexOf('?') : target.length;
  const path = decode(target.slice(0, at).replaceAll('+', ' ')).split('/').map(encode).join('/');
  const pairs = target
    .slice(at + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
      return [encode(decode(name)), encode(decode(value.join('=')))] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  return [path, pairs.map(([name, value]) => `${name}=${value}`).join('&')];
}

function canonicalValue({ host, headers }: SignedHead, name: string): string {
  const values = name === 'host' ? [host] : headers.filter(([is]) => is === name).map(([, value]) => value);
  return values.map((value) => value.trim().replace(/ +/g, ' ')).join(',');
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
const decode = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
