import { type Authority, formatAuthority, type HostPattern, PaiError, parseHostPattern } from '@pai/core';

/**
 * What a host of Slack serves: `api` methods, `workspace` the same under a workspace's own name, `files` uploads and
 * downloads, `hooks` URLs that are their own credential, `socket` the WebSockets of Socket Mode.
 */
export type Role = 'api' | 'workspace' | 'files' | 'hooks' | 'socket';

/** Slack, and Slack for the government of the United States. */
const bases = ['slack.com', 'slack-gov.com'];
/** The last two are workspaces, and organizations of Enterprise Grid. */
const prefixes = ['', 'www.', 'files.', 'hooks.', '*.', '*.enterprise.'];

/**
 * The hosts a Provider answers for: all of Slack's when `host` is left out, those of one base for `slack.com` and
 * `slack-gov.com`, else that one host. Throws `config_invalid` for a wildcard.
 */
export function hostsOf(host: string | undefined): readonly HostPattern[] {
  if (host === undefined) return bases.flatMap(hostsUnder);
  const pattern = parseHostPattern(host);
  if (pattern.host.startsWith('*')) {
    throw new PaiError('config_invalid', `spec.host ${host} is a wildcard; name the one Slack host`);
  }
  return bases.includes(pattern.host) && pattern.port === 443 ? hostsUnder(pattern.host) : [pattern];
}

function hostsUnder(base: string): readonly HostPattern[] {
  return prefixes.map((prefix) => ({ host: prefix + base }));
}

/** What a host serves. Names that are not Slack's own are taken for its API, since a Provider sees only its own hosts. */
export function roleOf(host: string): Role {
  const base = baseOf(host);
  if (base === undefined || host === base) return 'api';
  const label = host.slice(0, -base.length - 1);
  if (label === 'www') return 'api';
  if (label === 'files' || label === 'hooks') return label;
  return /^wss(?:-[a-z0-9-]+)?$/.test(label) ? 'socket' : 'workspace';
}

/** `slack.com` or `slack-gov.com`, of a host under it. */
export function baseOf(host: string): string | undefined {
  return bases.find((base) => host === base || host.endsWith(`.${base}`));
}

/** Where methods are called to judge a request: `slack.com` for all names under it, unless `spec.host` is the one host. */
export function lookupHost(request: Authority, hosts: readonly HostPattern[]): string {
  const base = hosts.length === 1 ? undefined : baseOf(request.host);
  return base ?? formatAuthority(request);
}
