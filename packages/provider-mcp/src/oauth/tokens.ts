import {
  commandIn,
  createTokenSource,
  type HostPattern,
  type IssuedToken,
  isPaiError,
  PaiError,
  type Provider,
  type ProviderContext,
  printable,
  type RenewSecret,
  type SecretChange,
  setHeader,
  tokenInjection,
} from '@pai/core';
import type { McpEndpoint } from '../endpoint.ts';
import type { OAuthAuth } from '../schema.ts';
import { checkClient } from './client.ts';
import { explainFailure } from './failure.ts';
import { keys, longestLife, lookupIn, readStored, type StoredGrant } from './grant.ts';
import { refresh } from './refresh.ts';
import { covers } from './resource.ts';

/** What a Provider with a login puts on requests, and where it gets that. */
export type OAuthCredential = Pick<Provider, 'renew' | 'tokenHosts'> & {
  readonly inject: NonNullable<Provider['inject']>;
};

/** Milliseconds that another sidecar's token has to hold for, to be taken over. */
const shortest = 10_000;

/**
 * The tokens of a login, renewed before their end. Who serves with the same Secret renews them once, and all have the new
 * ones. Requests reject with `credential_unavailable` and what to run while there are none.
 */
export function createOAuthCredential(
  auth: OAuthAuth,
  endpoint: McpEndpoint,
  context: ProviderContext,
): OAuthCredential {
  checkClient(auth);
  const { name, namespace, now, signal, secrets, renewSecret, log, isOffline = false } = context;
  if (isOffline) return { inject: () => undefined };
  const first = readStored(lookupIn(secrets));
  const over = (why: string) =>
    new PaiError(
      'credential_unavailable',
      `${name}: ${why}; run: ${commandIn(namespace, `pai login ${name}`)}`,
    );
  const check = (stored: StoredGrant | undefined): StoredGrant => {
    const why = problemOf(stored, auth, endpoint);
    if (stored === undefined || why !== undefined) throw over(why ?? 'nobody has logged in yet');
    return stored;
  };
  let last: string | undefined;
  let dead: string | undefined;
  // What could not be written down, and the access token of the Secret that it is newer than.
  let unsaved: { readonly than: string; readonly stored: StoredGrant } | undefined;

  const take = ({ accessToken, refreshToken, grant }: StoredGrant): IssuedToken => {
    last = accessToken;
    if (refreshToken !== undefined) secrets.derive(`${name}/refresh-token`, refreshToken);
    const secret = secrets.derive(`${name}/access-token`, accessToken);
    return { secret, expiresAt: grant.expiresAt ?? now() + longestLife };
  };
  const holds = ({ grant }: StoredGrant, milliseconds: number) =>
    grant.expiresAt === undefined || grant.expiresAt > now() + milliseconds;
  const renew = async (stored: StoredGrant): Promise<StoredGrant> => {
    const { refreshToken } = stored;
    if (refreshToken === undefined)
      throw over('the login has ended, and the server gave nothing to renew it by');
    if (refreshToken === dead) throw over('the login has ended');
    try {
      return await refresh(stored, refreshToken, context);
    } catch (thrown) {
      const { reason, isFinal } = explainFailure(thrown);
      if (isFinal) dead = refreshToken;
      if (isFinal) throw over(`the login has ended: ${printable(stored.grant.issuer)} says so`);
      const what = `the token cannot be renewed at ${printable(stored.grant.issuer)}`;
      throw new PaiError('credential_unavailable', `${name}: ${what}: ${reason}`);
    }
  };
  const renewTogether = async (change: RenewSecret): Promise<IssuedToken> => {
    let token: IssuedToken | undefined;
    const renewing = change(async (look): Promise<SecretChange> => {
      const kept = check(readStored(look));
      const stored = unsaved?.than === kept.accessToken ? unsaved.stored : kept;
      const isNewer = stored.accessToken !== last && holds(stored, shortest);
      const next = isNewer ? stored : await renew(stored);
      token = take(next);
      unsaved = isNewer ? unsaved : { than: kept.accessToken, stored: next };
      return isNewer ? {} : changeOf(next);
    });
    try {
      await renewing;
      unsaved = undefined;
    } catch (thrown) {
      if (token === undefined) throw unstored(thrown);
      log(
        `${name}: the renewed login could not be written down, and is lost when this ends: ${explainFailure(thrown).reason}`,
      );
    }
    if (token !== undefined) return token;
    throw over('the login has ended');
  };

  // Agents need not hear where the home is, and who else works on it.
  const unstored = (thrown: unknown): unknown => {
    if (!isPaiError(thrown) || !thrown.code.startsWith('state_')) return thrown;
    log(`${name}: the login cannot be renewed: ${thrown.message}`);
    return new PaiError(
      'credential_unavailable',
      `${name}: the login cannot be renewed; the log of the sidecar says why`,
    );
  };

  // What the token endpoint has answered is written down even if nobody waits for it any more: it answers but once.
  const fetch = async (): Promise<IssuedToken> => {
    const stored = check(first);
    if (last === undefined && holds(stored, 0)) return take(stored);
    if (renewSecret === undefined) throw over('the login has ended, and its Secret cannot be written');
    return renewTogether(renewSecret);
  };
  const life = outlast(signal);
  const source = createTokenSource({ name: `${name}/access-token`, now, signal: life, fetch });
  return {
    ...tokenInjection(source, ({ headers }, token) =>
      setHeader(headers, 'authorization', `Bearer ${token.reveal()}`),
    ),
    tokenHosts: first === undefined ? [] : [hostOf(first.grant.tokenEndpoint)],
  };
}

/** Another sidecar that renews the login begins this Provider anew: who waits for the token here is to get it all the same. */
function outlast(signal: AbortSignal): AbortSignal {
  const life = new AbortController();
  const end = () => void setTimeout(() => life.abort(), 10_000).unref();
  signal.addEventListener('abort', end, { once: true });
  return life.signal;
}

function changeOf({ accessToken, refreshToken, grant }: StoredGrant): SecretChange {
  return {
    [keys.accessToken]: accessToken,
    [keys.grant]: JSON.stringify(grant),
    ...(refreshToken !== undefined && { [keys.refreshToken]: refreshToken }),
  };
}

/** Why a login does not go with the spec: its token would go to another server, or it is somebody else's client. */
function problemOf(
  stored: StoredGrant | undefined,
  { issuer, clientId }: OAuthAuth,
  { url }: McpEndpoint,
): string | undefined {
  if (stored === undefined) return undefined;
  const { grant } = stored;
  if (!covers(grant.resource, url)) return `the login is for ${printable(grant.resource)}, not for ${url}`;
  const isOther = (one: string, other: string) => one.replace(/\/$/, '') !== other.replace(/\/$/, '');
  if (issuer !== undefined && isOther(issuer, grant.issuer)) return 'the login is not of auth.issuer';
  const isOwn = clientId === undefined || clientId === grant.clientId || grant.isRegistered;
  return isOwn ? undefined : 'the login is not of auth.clientId';
}

/** Fenced like every host that the user did not name. */
function hostOf(tokenEndpoint: string): HostPattern {
  const { hostname, port } = new URL(tokenEndpoint);
  return { host: hostname, port: port === '' ? 443 : Number(port) };
}
