import { PaiError } from './errors.ts';

/** The host and port a request is for, in the one spelling everything compares: lower case, no trailing dot. */
export interface Authority {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host` or `host:port` as a `Host` field, an SNI name or a request-target spells it. Throws `malformed_request`
 * for anything that is not exactly one host: userinfo, a path, a list, control characters, Unicode, a bad port.
 */
export function parseAuthority(text: string, defaultPort: number): Authority {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?)(?::(\d{1,5}))?$/i.exec(text);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (match?.[1] === undefined || text.length > 260 || /\.\./.test(match[1]) || port < 1 || port > 65_535) {
    throw new PaiError('malformed_request', `${printable(text)} is not one host name with an optional port`);
  }
  return { host: match[1].toLowerCase().replace(/\.$/, ''), port };
}

/** Hosts a Provider answers for. */
export interface HostPattern {
  /** A host name; after `*.` for exactly one more label, after `**.` for one or more. Lower case. */
  readonly host: string;
  /** Default 443. */
  readonly port?: number;
  /** The user named this very host, so that it may resolve to a private address. Default false. */
  readonly isPrivateAllowed?: boolean;
  /**
   * The Provider answers every request there itself, such as those to a metadata service. Nothing goes on to it, so that it
   * may be asked in clear. Default false.
   */
  readonly isAnswered?: boolean;
  /**
   * Among a plugin's `tokenHosts`: this is the metadata service of the machine, 169.254.169.254 at port 80, which `fetch`
   * asks in clear since it has no certificate. What agents send never goes there. Default false.
   */
  readonly isMetadata?: boolean;
}

/** Reads `api.example.com`, `*.example.com` or `**.example.com`, each also with `:port`. Throws `config_invalid` for anything else. */
export function parseHostPattern(text: string): HostPattern {
  const match =
    /^((?:\*{1,2}\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*)\.?(?::(\d{1,5}))?$/i.exec(
      text,
    );
  const port = Number(match?.[2] ?? 443);
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw new PaiError(
      'config_invalid',
      `${JSON.stringify(text)} is not a host; write a name such as api.example.com, *.example.com for one more label or **.example.com for any number, and a port only as :8443`,
    );
  }
  const host = match[1].toLowerCase();
  return { host, port, isPrivateAllowed: !host.startsWith('*') };
}

/** How well a pattern fits an authority: 3 exactly, 2 by one label, 1 by any number of them, 0 not at all. */
export function matchHost(pattern: HostPattern, authority: Authority): 0 | 1 | 2 | 3 {
  const { host, port = 443 } = pattern;
  if (port !== authority.port) return 0;
  if (host === authority.host) return 3;
  if (!host.startsWith('*')) return 0;
  if (host.startsWith('**.'))
    return authority.host.length > host.length - 2 && authority.host.endsWith(host.slice(2)) ? 1 : 0;
  const dot = authority.host.indexOf('.');
  return dot > 0 && authority.host.slice(dot + 1) === host.slice(2) ? 2 : 0;
}

/** Whether a user named this very host, so that it may be on a private network. */
export function isPrivateAllowed(patterns: readonly HostPattern[], authority: Authority): boolean {
  return patterns.some((pattern) => pattern.isPrivateAllowed === true && matchHost(pattern, authority) === 3);
}

/** Whether nothing that is for this very host goes on to it. */
export function isAnswered(patterns: readonly HostPattern[], authority: Authority): boolean {
  return patterns.some((pattern) => pattern.isAnswered === true && matchHost(pattern, authority) === 3);
}

/** A reading of host names that is made once for each: requests come for the same hosts again and again. */
export function rememberHosts<T>(read: (host: string) => T): (host: string) => T {
  const known = new Map<string, T>();
  return (host) => {
    const found = known.get(host);
    if (found !== undefined || known.has(host)) return found as T;
    if (known.size >= mostKnown) known.clear();
    const made = read(host);
    known.set(host, made);
    return made;
  };
}

/** Agents can ask for any number of names. */
const mostKnown = 500;

/** `host`, or `host:port` where the port is not `defaultPort`: 443, if it is left out. */
export function formatAuthority({ host, port }: Authority, defaultPort = 443): string {
  return port === defaultPort ? host : `${host}:${port}`;
}

/** Agent-written text made safe to repeat in an error: printable ASCII, at most 80 characters. */
export function printable(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?');
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 80)}…` : safe);
}
