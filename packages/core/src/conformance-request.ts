import { bodyOf } from './body.ts';
import { PaiError } from './errors.ts';
import { getHeader, type RawHeaders } from './headers.ts';
import { parseAuthority, printable } from './host.ts';
import { type AgentRequest, splitTarget } from './request.ts';

/** A request as people write one. */
export interface RequestText {
  /** Default GET. */
  readonly method?: string;
  /** Absolute; everything after the authority is taken byte for byte. */
  readonly url: string;
  /** By name, or as `[name, value, …]` where order, case or duplicates matter. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[];
  readonly body?: string | Uint8Array;
  /** Default `h1`. */
  readonly protocol?: AgentRequest['protocol'];
}

/**
 * The request that an agent would send, as doors hand it on. Throws `malformed_request` where a door would. `Host` and
 * `Content-Length` are added where they are missing.
 */
export function requestFor(text: RequestText): AgentRequest {
  const { method = 'GET', url, body = '', protocol = 'h1' } = text;
  const match = /^(https?):\/\/([^/?#]*)(.*)$/s.exec(url);
  if (match === null)
    throw new PaiError('malformed_request', `${printable(url)} is not an absolute http(s) URL`);
  const [, scheme, authority = '', rest = ''] = match;
  const { host, port } = parseAuthority(authority, scheme === 'http' ? 80 : 443);
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  const raw = rawHeadersOf(text);
  if (getHeader(raw, 'host') === undefined) raw.unshift('host', authority);
  const content = bodyOf(body);
  if (content.length !== 0 && getHeader(raw, 'content-length') === undefined) {
    raw.push('content-length', String(content.length));
  }
  return {
    id: '00000000-0000-4000-8000-000000000000',
    method,
    host,
    port,
    target,
    ...splitTarget(target),
    headers: raw,
    protocol,
    body: content,
  };
}

/** The header fields of a request as they would be on the wire. */
export function rawHeadersOf({ headers = {} }: Pick<RequestText, 'headers'>): RawHeaders {
  return Array.isArray(headers) ? [...headers] : Object.entries(headers).flat();
}
