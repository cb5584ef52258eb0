import { PaiError, printable } from '@pai/core';
import type { AuthorizationServer } from 'oauth4webapi';
import type { McpEndpoint } from '../endpoint.ts';
import { isRecord } from '../frame.ts';
import { findChallenge, readScopes } from './challenge.ts';
import { loginFailure } from './failure.ts';
import { covers } from './resource.ts';

/** What is known of a server before a login, by the order of MCP's specification, "Authorization". */
export interface Discovered {
  readonly as: AuthorizationServer;
  /** What tokens are asked for (RFC 8707), as the server writes it. */
  readonly resource: string;
  /** What the server wants for a beginning. */
  readonly scopes: readonly string[];
}

/** What a server says of itself (RFC 9728). */
interface Resource {
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes: readonly string[];
}

type Fetch = typeof globalThis.fetch;

/** Finds the authorization server of an MCP server. `issuer` is the one that the user names. Throws `login_failed`. */
export async function discover(
  endpoint: McpEndpoint,
  issuer: string | undefined,
  fetch: Fetch,
): Promise<Discovered> {
  const { status, challenge } = await probe(endpoint, fetch);
  const described = await findResource(endpoint, challenge?.resource_metadata, fetch);
  const { origin } = new URL(endpoint.url);
  // Revision 2025-03-26 has the server itself, or a part of it, log people in.
  const named = described?.issuers ?? [issuer ?? origin];
  const chosen = issuer ?? named[0] ?? origin;
  if (!named.some((one) => isSameUrl(one, chosen))) {
    throw failed(
      `the server does not name ${printable(chosen)} as its authorization server; correct auth.issuer`,
    );
  }
  const asked = readScopes(challenge?.scope);
  const scopes = asked.length > 0 ? asked : (described?.scopes ?? []);
  const resource = described?.resource ?? endpoint.url;
  const isServerItself = described === undefined && issuer === undefined;
  const as = await findAuthorizationServer(chosen, isServerItself, fetch);
  if (as !== undefined) return { as: checked(as), resource, scopes };
  if (described !== undefined || issuer !== undefined) {
    throw failed(`${printable(chosen)} says nothing of itself as an authorization server`);
  }
  if (status !== 401) throw failed('the server asks for no login; leave spec.auth out, or use an api-key');
  return { as: usualEndpoints(origin), resource, scopes };
}

/** Asks as a client does that has no token yet. */
async function probe({ url, transport }: McpEndpoint, fetch: Fetch) {
  const accept = 'application/json, text/event-stream';
  const asked: RequestInit =
    transport === 'sse'
      ? { headers: { accept } }
      : {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json' },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'initialize',
            params: {
              protocolVersion: '2025-11-25',
              capabilities: {},
              clientInfo: { name: 'pai', version: '1' },
            },
          }),
        };
  // A server that asks for nothing answers the older transport with a stream that does not end.
  const signal = AbortSignal.timeout(10_000);
  try {
    const { status, headers } = await fetch(url, { ...asked, signal });
    const challenge = status === 401 ? findChallenge([...headers].flat()) : undefined;
    return { status, challenge };
  } catch (thrown) {
    if (signal.aborted) return { status: 0, challenge: undefined };
    throw loginFailure('the server cannot be asked', thrown);
  }
}

async function findResource(
  { url }: McpEndpoint,
  told: string | undefined,
  fetch: Fetch,
): Promise<Resource | undefined> {
  const { origin, pathname } = new URL(url);
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  if (told !== undefined && URL.parse(told)?.origin !== origin) {
    throw failed(
      `the server has its metadata elsewhere, at ${printable(told)}, where it does not speak for itself`,
    );
  }
  const places = [
    ...(told === undefined ? [] : [told]),
    wellKnown + (pathname === '/' ? '' : pathname),
    wellKnown,
  ];
  for (const place of new Set(places)) {
    const found = await readObject(place, fetch);
    if (found !== undefined) return checkedResource(found, url);
  }
  return undefined;
}

function checkedResource(found: Readonly<Record<string, unknown>>, url: string): Resource {
  const { resource, authorization_servers: servers, scopes_supported: scopes } = found;
  if (typeof resource !== 'string' || !/^[!-~]+$/.test(resource) || !covers(resource, url)) {
    const shown = typeof resource === 'string' ? printable(resource) : 'nothing that has a name';
    throw failed(`the server's metadata is for ${shown}, which is not ${url}`);
  }
  const issuers = textsIn(servers);
  if (issuers.length === 0) throw failed("the server's metadata names no authorization server");
  return { resource, issuers, scopes: readScopes(textsIn(scopes).join(' ')) };
}

function textsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];
}

/** The document at a URL; undefined when there is none. */
async function readObject(
  place: string,
  fetch: Fetch,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const response = await fetch(place, { headers: { accept: 'application/json' } });
    if (response.status !== 200) return undefined;
    const value: unknown = await response.json().catch(() => undefined);
    return isRecord(value) ? value : undefined;
  } catch (thrown) {
    throw loginFailure(`${printable(place)} cannot be read`, thrown);
  }
}

/** Places of metadata in their order: RFC 8414 section 3.1, then OpenID Connect Discovery with the path inside and behind. */
function metadataPlaces(issuer: URL): readonly string[] {
  const { origin } = issuer;
  const path = issuer.pathname.replace(/\/$/, '');
  const inside = ['oauth-authorization-server', 'openid-configuration'].map(
    (name) => `${origin}/.well-known/${name}${path}`,
  );
  return path === '' ? inside : [...inside, `${origin}${path}/.well-known/openid-configuration`];
}

async function findAuthorizationServer(
  issuer: string,
  isServerItself: boolean,
  fetch: Fetch,
): Promise<AuthorizationServer | undefined> {
  const url = URL.parse(issuer);
  if (url?.protocol !== 'https:' || url.username + url.password + url.search + url.hash !== '') {
    throw failed(
      `${printable(issuer)} is no authorization server that can be trusted: it needs https, and no more than a place`,
    );
  }
  for (const place of metadataPlaces(url)) {
    const found = await readObject(place, fetch);
    if (found === undefined) continue;
    // RFC 8414 section 3.3, but for a slash at the end. A part of the server has a path of its own.
    const { issuer: said } = found;
    const isSame = typeof said === 'string' && isSameUrl(said, issuer);
    const isPart = typeof said === 'string' && isServerItself && URL.parse(said)?.origin === url.origin;
    if (isSame || isPart) return found as unknown as AuthorizationServer;
    throw failed(`${printable(place)} speaks for another authorization server than ${printable(issuer)}`);
  }
  return undefined;
}

function isSameUrl(one: string, other: string): boolean {
  const [a, b] = [URL.parse(one)?.href, URL.parse(other)?.href];
  return a !== undefined && a.replace(/\/$/, '') === b?.replace(/\/$/, '');
}

/** Refuses a server that a login would not be safe with: OAuth 2.1 has PKCE by S256, and https everywhere. */
function checked(as: AuthorizationServer): AuthorizationServer {
  const { issuer } = as;
  for (const name of ['authorization_endpoint', 'token_endpoint'] as const) {
    if (!isHttps(as[name])) throw failed(`${printable(issuer)} has no ${name} with https`);
  }
  const odd = lists.find((name) => !Array.isArray(as[name] ?? []));
  if (odd !== undefined) throw failed(`${printable(issuer)} has ${odd} in its metadata, which is no list`);
  if (as.registration_endpoint !== undefined && !isHttps(as.registration_endpoint)) {
    throw failed(`${printable(issuer)} registers clients without https`);
  }
  if (as.code_challenge_methods_supported?.includes('S256') !== true) {
    throw failed(`${printable(issuer)} does not say that it protects codes by PKCE with S256`);
  }
  if (as['require_pushed_authorization_requests'] === true) {
    throw failed(
      `${printable(issuer)} wants requests that are pushed first (RFC 9126), which is not in this version`,
    );
  }
  return as;
}

/** What is looked at for a value (RFC 8414 section 2). */
const lists = [
  'code_challenge_methods_supported',
  'scopes_supported',
  'token_endpoint_auth_methods_supported',
] as const;

function isHttps(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const url = URL.parse(value);
  return url?.protocol === 'https:' && url.username + url.password + url.hash === '';
}

/** Where revision 2025-03-26 has them when a server says nothing. */
function usualEndpoints(origin: string): AuthorizationServer {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
  };
}

function failed(why: string): PaiError {
  return new PaiError('login_failed', why);
}
