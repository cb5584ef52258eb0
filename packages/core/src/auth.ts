import { fieldKey, setHeader } from './headers.ts';
import type { AgentRequest, UpstreamRequest } from './request.ts';
import type { Secret } from './secret.ts';

/** Every place where a service would read a credential that an agent wrote. They are emptied before the real one is put on. */
export interface CredentialSlots {
  /** Header names. */
  readonly headers: readonly string[];
  /** Names of query parameters, compared after decoding and without case. */
  readonly query?: readonly string[];
  /**
   * For a service that reads its credential in the path: gives a raw path with a fixed, harmless text in every place
   * where one could stand, whatever was there. Judged, logged and sent on is what it gives. Twice is once; never throws.
   */
  readonly path?: (path: string) => string;
  /**
   * For paths that the service hands out as credentials of their own (upload and response URLs): gives what of a raw path
   * is logged. Judged and sent on is the path itself. Never throws.
   */
  readonly shownPath?: (path: string) => string;
  /**
   * For a service that reads its credential in the content too: gives the texts that the agent wrote there. Of several
   * Providers for a host the one judges whose placeholder is in one of them. What `inject` leaves there goes up. May reject.
   */
  readonly content?: (request: AgentRequest) => Promise<readonly string[]>;
  /**
   * Hosts that take what the service itself has signed (upload and download URLs), where `inject` writes nothing: the
   * query stays as it is, and so does an `Authorization` of one of these schemes, in lower case.
   */
  readonly signed?: { readonly hosts: readonly string[]; readonly schemes: readonly string[] };
}

/** Puts the real credential on a request that holds none. Runs last. */
export type AuthInjector = (request: UpstreamRequest) => void | Promise<void>;

/** The `fieldKey` of every header in `slots`. */
export function credentialHeaders(slots: CredentialSlots): ReadonlySet<string> {
  const known = headerNames.get(slots);
  if (known !== undefined) return known;
  const names = new Set(slots.headers.map(fieldKey));
  headerNames.set(slots, names);
  return names;
}

const headerNames = new WeakMap<CredentialSlots, ReadonlySet<string>>();

/** `target` without the query parameters in `slots`; untouched, byte for byte, when it has none of them. */
export function stripQuery(target: string, slots: CredentialSlots): string {
  const mark = target.indexOf('?');
  if (mark === -1 || slots.query === undefined || slots.query.length === 0) return target;
  const names = queryNames(slots.query);
  const parts = target.slice(mark + 1).split('&');
  const kept = parts.filter((part) => !names.has(parameterName(part)));
  if (kept.length === parts.length) return target;
  return target.slice(0, mark) + (kept.length === 0 ? '' : `?${kept.join('&')}`);
}

function queryNames(query: readonly string[]): ReadonlySet<string> {
  const known = knownQueryNames.get(query);
  if (known !== undefined) return known;
  const names = new Set(query.map((name) => name.toLowerCase()));
  knownQueryNames.set(query, names);
  return names;
}

const knownQueryNames = new WeakMap<readonly string[], ReadonlySet<string>>();

/** What of a request is emptied by {@link withoutPathCredentials}. */
type Pathed = Pick<AgentRequest, 'path' | 'target'>;

/** The request with its path emptied of credentials by all of `slots`; itself when no path is one of them. */
export function withoutPathCredentials<T extends Pathed>(request: T, slots: readonly CredentialSlots[]): T {
  const path = emptyPath(request.path, slots);
  return path === request.path
    ? request
    : { ...request, path, target: path + request.target.slice(request.path.length) };
}

/** A raw path emptied of credentials by all of `slots`. */
function emptyPath(path: string, slots: readonly CredentialSlots[]): string {
  return slots.reduce((text, slot) => slot.path?.(text) ?? text, path);
}

/** What of a raw path that is emptied already is logged. */
export function shownPath(path: string, slots: readonly CredentialSlots[]): string {
  return slots.reduce((text, slot) => slot.shownPath?.(text) ?? text, path);
}

/** What of a raw path, or of an absolute URL that has one, is logged. */
export function concealPath(path: string, slots: readonly CredentialSlots[]): string {
  const [origin = ''] = /^https?:\/\/[^/]*/i.exec(path) ?? [];
  return origin + shownPath(emptyPath(path.slice(origin.length), slots), slots);
}

/** Whether a header says where a message goes, how it is delimited, or ends at the next hop: none that can hold a credential. */
export function isFramingField(name: string): boolean {
  return framing.has(fieldKey(name));
}

const framing: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Writes `prefix` and the secret into the header `name`. */
export function headerInjector(name: string, prefix: string, secret: Secret): AuthInjector {
  return (request) => setHeader(request.headers, name, prefix + secret.reveal());
}

/** Writes HTTP Basic authentication (RFC 7617) with `user` and the secret as password. */
export function basicInjector(user: string, secret: Secret): AuthInjector {
  return (request) => {
    const pair = Buffer.from(`${user}:${secret.reveal()}`).toString('base64');
    setHeader(request.headers, 'authorization', `Basic ${pair}`);
  };
}

/** Appends the secret as the query parameter `name`. */
export function queryInjector(name: string, secret: Secret): AuthInjector {
  return (request) => {
    const separator = request.target.includes('?') ? '&' : '?';
    request.target += `${separator}${encodeURIComponent(name)}=${encodeURIComponent(secret.reveal())}`;
  };
}

function parameterName(part: string): string {
  const end = part.indexOf('=');
  const written = end === -1 ? part : part.slice(0, end);
  const name = written.includes('+') ? written.replaceAll('+', ' ') : written;
  if (!name.includes('%')) return name.toLowerCase();
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}
