import { type HostPattern, PaiError, parseHostPattern } from '@pai/core';

/**
 * What a host of GitHub serves: `rest` the API, `web` git and downloads beside the web site, `raw` files, `codeload`
 * archives, `server` all of it under paths (Enterprise Server), `other` nothing this Provider reads.
 */
export type Role = 'rest' | 'web' | 'raw' | 'codeload' | 'server' | 'other';

const dotcom: Readonly<Record<string, Role>> = {
  'api.github.com': 'rest',
  'github.com': 'web',
  'uploads.github.com': 'rest',
  'raw.githubusercontent.com': 'raw',
  'codeload.github.com': 'codeload',
};

/** The hosts of one tenant of Enterprise Cloud with data residency, by what stands before SUBDOMAIN.ghe.com. */
const tenant: Readonly<Record<string, Role>> = {
  'api.': 'rest',
  '': 'web',
  'uploads.': 'rest',
  'raw.': 'raw',
  'codeload.': 'codeload',
};

/**
 * The hosts a Provider answers for: github.com's when `host` is left out, a tenant's for SUBDOMAIN.ghe.com, else that
 * one host. Throws `config_invalid` for a wildcard.
 */
export function hostsOf(host: string | undefined): readonly HostPattern[] {
  if (host === undefined) return Object.keys(dotcom).map((name) => ({ host: name }));
  const pattern = parseHostPattern(host);
  if (pattern.host.startsWith('*.')) {
    throw new PaiError('config_invalid', `spec.host ${host} is a wildcard; name the one GitHub host`);
  }
  const subdomain = tenantHost.exec(pattern.host)?.groups?.['subdomain'];
  if (subdomain === undefined || pattern.port !== 443) return [pattern];
  return Object.keys(tenant).map((prefix) => ({ host: `${prefix}${subdomain}.ghe.com` }));
}

/** What a host serves. Names that are not GitHub's own are taken for an Enterprise Server, since a Provider sees only its own hosts. */
export function roleOf(host: string): Role {
  const known = Object.hasOwn(dotcom, host) ? dotcom[host] : undefined;
  if (known !== undefined) return known;
  const prefix = tenantHost.exec(host)?.groups?.['prefix'];
  if (prefix !== undefined) return tenant[prefix] ?? 'other';
  return /(?:^|\.)(?:github\.com|githubusercontent\.com|ghe\.com)$/.test(host) ? 'other' : 'server';
}

const tenantHost = /^(?<prefix>(?:api|uploads|raw|codeload)\.|)(?<subdomain>[a-z0-9-]+)\.ghe\.com$/;
