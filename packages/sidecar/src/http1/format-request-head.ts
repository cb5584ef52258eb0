import { fieldKey, formatAuthority, PaiError, type UpstreamRequest } from '@pai/core';
import { createFieldsFormat } from './format-fields.ts';
import { notInTarget, token } from './grammar.ts';

/** Methods for which an absent body is said in a `Content-Length: 0` (RFC 9110 section 8.6). */
const methodsWithContent = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Gives the HTTP/1.1 head of a request, to be written as latin1. Fields keep their order, case and duplicates. Throws
 * `malformed_request` when a value would break out of its line.
 */
export type RequestHeadFormat = (request: UpstreamRequest) => string;

/**
 * One for requests of which many have the same fields, the credential included. `Host` names their port unless that is
 * `defaultPort` (RFC 9110 section 7.2).
 */
export function createRequestHeadFormat(defaultPort = 443): RequestHeadFormat {
  const fieldsOf = createFieldsFormat(brokenField, isDerived);
  return (request) => formatHead(request, fieldsOf(request.headers), defaultPort);
}

function formatHead(request: UpstreamRequest, fields: string, defaultPort: number): string {
  const { method, target, upgrade } = request;
  if (!token.test(method)) throw brokenField('method');
  if (notInTarget.test(target)) throw brokenField('request-target');
  if (upgrade !== undefined && !token.test(upgrade)) throw brokenField('upgrade');
  const ending = upgrade === undefined ? '' : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  const authority = formatAuthority(request, defaultPort);
  return `${method} ${target} HTTP/1.1\r\nHost: ${authority}\r\n${fields}${framingOf(request)}${ending}\r\n`;
}

/** Fields whose value follows from the body and the destination, and is written anew. */
function isDerived(name: string): boolean {
  if (name.length !== 4 && name.length !== 14 && name.length !== 17) return false;
  const key = fieldKey(name);
  return key === 'host' || key === 'content-length' || key === 'transfer-encoding';
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
