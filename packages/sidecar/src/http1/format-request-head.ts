import { formatAuthority, PaiError, type UpstreamRequest } from '@pai/core';
import { notInTarget, notInValue, token } from './grammar.ts';

/** Header fields whose value follows from the body and the destination, and is written anew. */
const derivedFields = new Set(['host', 'content-length', 'transfer-encoding']);

/** Methods for which an absent body is said in a `Content-Length: 0` (RFC 9110 section 8.6). */
const methodsWithContent = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The HTTP/1.1 head of a request, to be written as latin1. Fields keep their order, case and duplicates. Throws
 * `malformed_request` when a value would break out of its line.
 */
export function formatRequestHead(request: UpstreamRequest): string {
  const { method, target, headers, upgrade } = request;
  if (!token.test(method)) throw brokenField('method');
  if (notInTarget.test(target)) throw brokenField('request-target');
  let head = `${method} ${target} HTTP/1.1\r\nHost: ${formatAuthority(request)}\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (derivedFields.has(name.toLowerCase())) continue;
    if (notInValue.test(value) || !token.test(name)) throw brokenField(name);
    head += `${name}: ${value}\r\n`;
  }
  if (upgrade !== undefined && !token.test(upgrade)) throw brokenField('upgrade');
  if (upgrade !== undefined) head += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  return `${head}${framingOf(request)}\r\n`;
}

function framingOf({ body, method }: UpstreamRequest): string {
  if (body.length === undefined) return 'Transfer-Encoding: chunked\r\n';
  if (body.length > 0 || methodsWithContent.has(method)) return `Content-Length: ${body.length}\r\n`;
  return '';
}

function brokenField(name: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the field ${JSON.stringify(name)} has a character that would break out of its line`,
  );
}
