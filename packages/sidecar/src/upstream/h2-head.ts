import { formatAuthority, PaiError, printable, type RawHeaders, type UpstreamRequest } from '@pai/core';
import { protocolError } from '../http1/protocol-error.ts';
import type { ResponseHeadLine } from '../http1/response-head.ts';

/** Fields of an HTTP/1.1 connection, which HTTP/2 does not have (RFC 9113 section 8.2.2). */
const connectionFields = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Methods for which an absent body is said in a `content-length: 0` (RFC 9110 section 8.6). */
const methodsWithContent = new Set(['POST', 'PUT', 'PATCH']);

const isToken = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const isMethod = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const isValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The fields of a request in HTTP/2 (RFC 9113 section 8.3.1), names in lower case, in their order. Throws
 * `malformed_request` for what HTTP/2 cannot carry.
 */
export function formatH2Head(request: UpstreamRequest): string[] {
  const { method, target, headers, body } = request;
  if (!isMethod.test(method)) throw unwritable('method', 'is not one');
  if (!/^\/[\x21-\x7e]*$/.test(target)) throw unwritable('request-target', 'is not a path');
  const fields = [
    ':method',
    method,
    ':scheme',
    'https',
    ':authority',
    formatAuthority(request),
    ':path',
    target,
  ];
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = (headers[i + 1] as string).replace(/^[\t ]+|[\t ]+$/g, '');
    if (name === 'host' || name === 'content-length') continue;
    if (!isToken.test(name) || !isValue.test(value))
      throw unwritable(name, 'has a character that would break out of its field');
    if (connectionFields.has(name) || (name === 'te' && value !== 'trailers'))
      throw unwritable(name, 'belongs to a connection of HTTP/1.1');
    fields.push(name, value);
  }
  if (body.length !== undefined && (body.length > 0 || methodsWithContent.has(method)))
    fields.push('content-length', String(body.length));
  return fields;
}

function unwritable(name: string, why: string): PaiError {
  return new PaiError('malformed_request', `the field ${printable(name)} ${why}`);
}

/** The head of a response, of its fields as they came. Throws `upstream_protocol` unless they are by the letter. */
export function readH2Head(raw: readonly string[]): ResponseHeadLine {
  const headers: RawHeaders = [];
  let status: number | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name !== ':status') headers.push(name, value);
    else if (status !== undefined || !/^[1-5]\d\d$/.test(value)) throw protocolError('a status that is none');
    else status = Number(value);
  }
  if (status === undefined || status === 101) throw protocolError('a status that HTTP/2 does not have');
  checkH2Fields(headers);
  return { status, minor: 1, headers };
}

/** Throws `upstream_protocol` unless all of `headers` are ordinary fields that any protocol can carry on. */
export function checkH2Fields(headers: RawHeaders): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isToken.test(name) || connectionFields.has(name))
      throw protocolError('a field that HTTP/2 does not have');
    if (!isValue.test(headers[i + 1] as string)) throw protocolError('a field with control characters');
  }
}
