import type { Body } from './body.ts';
import { PaiError } from './errors.ts';
import type { RawHeaders, ReadonlyRawHeaders } from './headers.ts';
import { isTakenFor } from './parameters.ts';

/** One request as the agent sent it. Nothing changes it; what is judged is what is sent. */
export interface AgentRequest {
  /** Unique, also in the audit line and in `x-pai-request-id`. */
  readonly id: string;
  /** As sent; methods are case-sensitive (RFC 9110 section 9.1). */
  readonly method: string;
  /** The host every part of the request agreed on: lower case, no trailing dot. */
  readonly host: string;
  readonly port: number;
  /** The origin-form request-target, byte for byte (RFC 9112 section 3.2.1). */
  readonly target: string;
  /** The part of `target` before the first `?`. */
  readonly path: string;
  /** The part of `target` after the first `?`; empty when there is none. */
  readonly query: string;
  readonly headers: ReadonlyRawHeaders;
  readonly protocol: 'h1' | 'h2';
  /** The protocol the agent asks to switch to (`websocket`), if it does. */
  readonly upgrade?: string;
  /** Name of the Agent that the sidecar serves, if it has one; or {@link keyHolder} of an access key that the door has checked. */
  readonly agent?: string;
  /** The Provider that the agent named, where its door lets it: no other one may judge. */
  readonly provider?: string;
  /** Where its door leads to any target of this host: what stands in front of one in a reference relative to the URL asked for. */
  readonly base?: string;
  readonly body: Body;
}

const holderPrefix = 'access-key/';

/** The `agent` of requests that come with the access key called `name`. No Agent has such a name. */
export function keyHolder(name: string): string {
  return holderPrefix + name;
}

/** Whether `agent` was told from others by an access key: agents of one process that may not have what is another's. */
export function isKeyHolder(agent: string | undefined): agent is string {
  return agent?.startsWith(holderPrefix) === true;
}

/**
 * The request as the service will get it. It starts as the agent's without its credentials and hop-by-hop fields; an
 * injector may change these members and no others.
 */
export interface UpstreamRequest {
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** Changed only to put a credential into the path or the query. */
  target: string;
  headers: RawHeaders;
  /** The protocol to switch to, when the Provider lets the request switch. */
  readonly upgrade?: string;
  /** Name of the Agent that sent it, where that has one. It is in nothing that goes up. */
  readonly agent?: string;
  /** Replaced when a credential covers the content (AWS chunk signatures). */
  body: Body;
  /** The service takes it over HTTP/2 only, for content that goes both ways at once. gRPC is known without it. */
  needsH2?: boolean;
}

/** A response made by Pai itself. */
export interface LocalResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: string | Uint8Array;
  /** The client gets it once all of the request's content has come: one that answers early stops some clients for good. */
  readonly isAfterContent?: boolean;
}

/**
 * Splits an origin-form request-target. Throws `malformed_request` when it is not one: no leading slash, spaces,
 * control or non-ASCII characters, a fragment, a backslash.
 */
export function splitTarget(target: string): { path: string; query: string } {
  if (!/^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/.test(target)) {
    throw new PaiError(
      'malformed_request',
      'the request-target is not a path with an optional query (RFC 9112, origin-form)',
    );
  }
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/**
 * What makes some servers read another method than the request's own: a header, or the query parameter `_method`, also in
 * a spelling that some take for it. A resolver that does not apply it refuses it.
 */
export function findMethodOverride({
  headers,
  query,
}: Pick<AgentRequest, 'headers' | 'query'>): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (isMethodOverride(name)) return name;
  }
  // Few queries have the word, however it is written.
  if (!/method|%/i.test(query)) return undefined;
  const names = query.split(/[&;]/).map(nameOf);
  return names.some((name) => isTakenFor(name, '_method')) ? '_method' : undefined;
}

/** What is no escape stays: servers differ in whether they refuse it. */
function nameOf(pair: string): string {
  const [name = ''] = pair.replaceAll('+', ' ').split('=', 1);
  return name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Whether a header of this name makes some servers read another method. */
export function isMethodOverride(name: string): boolean {
  // Few names are as long as the shortest and have its first letter.
  if (name.length < 8 || (name.charCodeAt(0) | 32) !== 120) return false;
  return /^x[-_](?:http[-_])?method(?:[-_]override)?$/i.test(name);
}
