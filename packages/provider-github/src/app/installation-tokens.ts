import type { KeyObject } from 'node:crypto';
import {
  createTokenSource,
  type IssuedToken,
  PaiError,
  type ProviderContext,
  Secret,
  type TokenSource,
} from '@pai/core';
import type { AppAuth } from './auth-schema.ts';
import { createAppJwt } from './jwt.ts';
import type { Permissions } from './permissions.ts';
import { readPrivateKey } from './private-key.ts';

/** Whose tokens, and what they are limited to. */
export interface InstallationOptions {
  readonly auth: AppAuth;
  /** Where the REST API is: `https://api.github.com`, `https://HOST/api/v3`. */
  readonly api: string;
  /** Names without owner. Undefined: every repository of the installation. */
  readonly repositories: readonly string[] | undefined;
  /** Undefined: everything that the installation was granted. */
  readonly permissions: Permissions | undefined;
}

/**
 * Tokens of one installation of a GitHub App. Throws `secret_invalid` when the Secret holds no private key of an app.
 * Where nothing can be fetched, and the Secret is a stub for explaining requests, so is the token.
 */
export function createInstallationTokens(
  options: InstallationOptions,
  context: ProviderContext,
): TokenSource {
  const { auth } = options;
  const { now, signal, isOffline = false } = context;
  const name = `${context.name}/installation-token`;
  const secret = context.secrets.read(auth.secretKey ?? 'private-key', { multiline: true });
  if (isOffline) {
    const stub = new Secret(name, `[secret ${name}]`);
    return { get: async () => stub, renew: async () => stub };
  }
  const key = readPrivateKey(secret);
  return createTokenSource({
    name,
    now,
    signal,
    fetch: (limit) => issueToken(name, key, options, context, limit),
  });
}

/** https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app */
async function issueToken(
  name: string,
  key: KeyObject,
  { auth, api, repositories, permissions }: InstallationOptions,
  { name: provider, secrets, fetch, now }: ProviderContext,
  signal: AbortSignal,
): Promise<IssuedToken> {
  const jwt = secrets.derive(`${provider}/app-jwt`, await createAppJwt(auth.appId, key, now()));
  const response = await fetch(`${api}/app/installations/${auth.installationId}/access_tokens`, {
    method: 'POST',
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${jwt.reveal()}`,
      'content-type': 'application/json',
      'user-agent': 'pai',
    },
    body: JSON.stringify({ repositories, permissions }),
    signal,
  });
  if (response.status !== 201) throw refused(response.status, auth, repositories, permissions);
  // What a parser says of an answer may quote from it.
  const issued = readIssued(await response.json().catch(() => undefined));
  if (issued === undefined) throw unavailable('GitHub answered with no token in it');
  return { secret: secrets.derive(name, issued.token), expiresAt: issued.expiresAt };
}

function readIssued(answer: unknown): { readonly token: string; readonly expiresAt: number } | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { token, expires_at: end } = answer as Readonly<Record<string, unknown>>;
  const expiresAt = typeof end === 'string' ? Date.parse(end) : Number.NaN;
  return typeof token === 'string' && !Number.isNaN(expiresAt) ? { token, expiresAt } : undefined;
}

function refused(
  status: number,
  { appId, installationId }: AppAuth,
  repositories: readonly string[] = [],
  permissions: Permissions = {},
): PaiError {
  const wanted = Object.entries(permissions).map(([permission, level]) => `${permission}: ${level}`);
  const asked = [...repositories, ...wanted].join(', ') || 'nothing in particular';
  const reasons: Readonly<Record<number, string>> = {
    401: `the private key is not one of app ${appId}, or the clock here is wrong`,
    403: `installation ${installationId} may not have one; look whether it is suspended`,
    404: `app ${appId} has no installation ${installationId}; look at both ids in its settings`,
    422: `installation ${installationId} was not granted all of what policy.allow and scope.repositories ask for (${asked}); grant it, or allow less`,
  };
  return unavailable(`GitHub refused a token with status ${status}: ${reasons[status] ?? 'try again later'}`);
}

function unavailable(why: string): PaiError {
  return new PaiError('credential_unavailable', why);
}
