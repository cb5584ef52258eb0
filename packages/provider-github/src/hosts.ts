import { type HostPattern, PaiError, parseHostPattern, rememberHosts } from '@pai/core';

/**
 * What a host of GitHub serves: `rest` the API, `web` git and downloads beside the web site, `gist` git of gists, `raw`
 * and `gistRaw` files, `codeload` archives, `signed` what the service itself has signed, `container` to `rubygems`
 * registries of packages, `server` all of it under paths (Enterprise Server), `other` nothing this Provider reads.
 */
export type Role =
  | 'rest'
  | 'web'
  | 'gist'
  | 'raw'
  | 'gistRaw'
  | 'codeload'
  | 'signed'
  | 'container'
  | 'npm'
  | 'maven'
  | 'nuget'
  | 'rubygems'
  | 'server'
  | 'other';

const dotcom: Readonly<Record<string, Role>> = {
  'api.github.com': 'rest',
  'github.com': 'web',
  'uploads.github.com': 'rest',
  'raw.githubusercontent.com': 'raw',
  'codeload.github.com': 'codeload',
  'gist.github.com': 'gist',
  'gist.githubusercontent.com': 'gistRaw',
  'objects.githubusercontent.com': 'signed',
  'release-assets.githubusercontent.com': 'signed',
  'github-cloud.githubusercontent.com': 'signed',
  'github-cloud.s3.amazonaws.com': 'signed',
  'lfs.github.com': 'signed',
  'pkg-containers.githubusercontent.com': 'signed',
  'pkg-npm.githubusercontent.com': 'signed',
  'ghcr.io': 'container',
  'npm.pkg.github.com': 'npm',
  'maven.pkg.github.com': 'maven',
  'nuget.pkg.github.com': 'nuget',
  'rubygems.pkg.github.com': 'rubygems',
};

/** Hosts that take what GitHub has signed, and never the credential. */
export const signedHosts: readonly string[] = Object.keys(dotcom).filter((host) => dotcom[host] === 'signed');

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
  if (pattern.host.startsWith('*')) {
    throw new PaiError('config_invalid', `spec.host ${host} is a wildcard; name the one GitHub host`);
  }
  const subdomain = tenantHost.exec(pattern.host)?.groups?.['subdomain'];
  if (subdomain === undefined || pattern.port !== 443) return [pattern];
  return Object.keys(tenant).map((prefix) => ({ host: `${prefix}${subdomain}.ghe.com` }));
}

/** Where the API of a Provider's hosts is. */
export interface ApiRoots {
  /** Without a slash at the end. */
  readonly rest: string;
  readonly graphql: string;
}

/** The API beside the hosts of `hostsOf(host)`. */
export function apiRootsOf(host: string | undefined): ApiRoots {
  const { host: name, port } = host === undefined ? { host: 'github.com' } : parseHostPattern(host);
  const authority = port === undefined || port === 443 ? name : `${name}:${port}`;
  if (roleOf(name) === 'server') {
    return { rest: `https://${authority}/api/v3`, graphql: `https://${authority}/api/graphql` };
  }
  const subdomain = tenantHost.exec(name)?.groups?.['subdomain'];
  const rest = subdomain === undefined ? 'https://api.github.com' : `https://api.${subdomain}.ghe.com`;
  return { rest, graphql: `${rest}/graphql` };
}

/** What a host serves. Names that are not GitHub's own are taken for an Enterprise Server, since a Provider sees only its own hosts. */
export const roleOf: (host: string) => Role = rememberHosts((host) => {
  const known = Object.hasOwn(dotcom, host) ? dotcom[host] : undefined;
  if (known !== undefined) return known;
  const prefix = tenantHost.exec(host)?.groups?.['prefix'];
  if (prefix !== undefined) return tenant[prefix] ?? 'other';
  return /(?:^|\.)(?:github\.com|githubusercontent\.com|ghe\.com)$/.test(host) ? 'other' : 'server';
});

const tenantHost = /^(?<prefix>(?:api|uploads|raw|codeload)\.|)(?<subdomain>[a-z0-9-]+)\.ghe\.com$/;
