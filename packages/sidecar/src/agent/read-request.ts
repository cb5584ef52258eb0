import {
  type AgentRequest,
  type Body,
  getHeaders,
  PaiError,
  printable,
  type ReadonlyRawHeaders,
  type RequestFacts,
  splitTarget,
} from '@pai/core';
import { agreeOnAuthority, type ConnectionAuthority } from './authority.ts';

/** Most header fields, and most characters of a request-target. */
const maxFields = 256;
const maxTarget = 16 * 1024;

/** Methods whose response repeats the request, credential included. */
const echoingMethods = new Set(['TRACE', 'TRACK', 'CONNECT']);

/** Every registered method is spelled so. A service that ignores case would read another as one of them. */
const methodName = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** A request head as a protocol's parser delivers it. */
export interface RequestHead {
  readonly id: string;
  readonly method: string;
  /** Origin-form or absolute-form. */
  readonly target: string;
  /** `:authority` of HTTP/2. */
  readonly authority?: string | undefined;
  /** Values of the `Host` fields. */
  readonly hosts: readonly string[];
  readonly headers: ReadonlyRawHeaders;
  readonly protocol: 'h1' | 'h2';
  readonly upgrade?: string | undefined;
  readonly body: Body;
}

/** Reads a head strictly. Throws `PaiError` for what could be read in two ways or is larger than the limits. */
export function readRequest(
  head: RequestHead,
  connection: ConnectionAuthority,
  agent?: string,
): AgentRequest {
  if (head.headers.length / 2 > maxFields) {
    throw new PaiError('headers_too_large', `the request has more than ${maxFields} header fields`);
  }
  if (head.target.length > maxTarget) {
    throw new PaiError('target_too_long', `the request-target is longer than ${maxTarget} characters`);
  }
  const codings = getHeaders(head.headers, 'transfer-encoding');
  if (codings.length > 1 || (codings[0] ?? 'chunked').toLowerCase() !== 'chunked') {
    throw new PaiError('malformed_request', 'the only Transfer-Encoding taken is chunked, once');
  }
  if (!methodName.test(head.method)) {
    const message = `${printable(head.method)} is not a method; methods are in upper case (RFC 9110 section 9.1)`;
    throw new PaiError('malformed_request', message);
  }
  if (echoingMethods.has(head.method))
    throw new PaiError('method_refused', `${head.method} is never forwarded`);
  const { origin, target } = splitAbsolute(head.target);
  const named = { hosts: head.hosts, target: head.authority ?? origin };
  const { host, port } = agreeOnAuthority(connection, named);
  const { path, query } = splitTarget(target);
  const { id, method, headers, protocol, upgrade, body } = head;
  const request: Draft<AgentRequest> = {
    id,
    method,
    host,
    port,
    target,
    path,
    query,
    headers,
    protocol,
    body,
  };
  if (upgrade !== undefined) request.upgrade = upgrade;
  if (agent !== undefined) request.agent = agent;
  return request;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the audit line says of a head that cannot be read: no query, nothing unprintable, nothing long. */
export function factsOf(
  head: Pick<RequestHead, 'id' | 'method' | 'target'>,
  connection: ConnectionAuthority,
  agent?: string,
): RequestFacts {
  const path = (head.target.split('?', 1)[0] ?? '').replace(/[^\x21-\x7e]/g, '?').slice(0, 1_024);
  return {
    id: head.id,
    method: head.method,
    host: connection.host ?? '',
    port: connection.port,
    path,
    ...(agent !== undefined && { agent }),
  };
}

function splitAbsolute(target: string): { origin?: string; target: string } {
  if (target.startsWith('/')) return { target };
  const absolute = /^https:\/\/([^/?#]*)(\/[^#]*)?$/i.exec(target);
  if (absolute === null) {
    throw new PaiError('malformed_request', 'the request-target is neither a path nor an https URL');
  }
  return { origin: absolute[1] as string, target: absolute[2] ?? '/' };
}
