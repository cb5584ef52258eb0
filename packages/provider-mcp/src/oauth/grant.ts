import { isPaiError, type SecretLookup, type SecretReader } from '@pai/core';
import { isRecord } from '../frame.ts';

/** How a client proves itself at the token endpoint (RFC 7591 section 2). */
export type ClientAuth = 'none' | 'client_secret_basic' | 'client_secret_post';

/** What a login found out, and nothing confidential: what stays the same while its tokens are renewed, and when they end. */
export interface Grant {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
  /** The client was registered by the login itself, so that its secret, if it has one, is `registration_secret`. */
  readonly isRegistered: boolean;
  /** What the tokens are for (RFC 8707). */
  readonly resource: string;
  /** The scopes that were asked for, or granted. */
  readonly scope?: string;
  /** Milliseconds since the epoch. Left out when the server did not say. */
  readonly expiresAt?: number;
}

/** What the Secret of a Provider with a login holds. */
export interface StoredGrant {
  readonly grant: Grant;
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly clientSecret?: string;
}

/** Keys of the Secret. `client_secret` is the user's own, for `auth.clientId`. */
export const keys = {
  accessToken: 'access_token',
  refreshToken: 'refresh_token',
  grant: 'grant',
  registrationSecret: 'registration_secret',
  clientSecret: 'client_secret',
} as const;

/** Milliseconds: tokens of servers that say of none when it ends, and the longest that one is taken to live. */
export const longestLife = 10 * 365 * 86_400_000;

/** When a token ends that lives for `seconds` from `now` on; nothing where the server does not say. */
export function endOf(seconds: number | undefined, now: number): Pick<Grant, 'expiresAt'> {
  return seconds === undefined ? {} : { expiresAt: now + Math.min(seconds * 1_000, longestLife) };
}

/** What a login has left; undefined where there was none, or somebody changed it by hand. */
export function readStored(look: SecretLookup): StoredGrant | undefined {
  const text = (key: string) => look(key)?.reveal();
  const grant = readGrant(text(keys.grant));
  const accessToken = text(keys.accessToken);
  if (grant === undefined || accessToken === undefined) return undefined;
  const refreshToken = text(keys.refreshToken);
  const clientSecret = text(grant.isRegistered ? keys.registrationSecret : keys.clientSecret);
  return {
    grant,
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(clientSecret !== undefined && grant.clientAuth !== 'none' && { clientSecret }),
  };
}

/** The keys of a Provider's Secret, each undefined where there is none. */
export function lookupIn(secrets: Pick<SecretReader, 'read'>): SecretLookup {
  return (key) => {
    try {
      return secrets.read(key, key === keys.grant ? { isIdentifier: true } : {});
    } catch (thrown) {
      if (isPaiError(thrown) && thrown.code === 'secret_missing') return undefined;
      throw thrown;
    }
  };
}

function readGrant(text: string | undefined): Grant | undefined {
  const value = parse(text ?? '');
  if (!isRecord(value)) return undefined;
  const texts = ['issuer', 'tokenEndpoint', 'clientId', 'resource'].every(
    (key) => typeof value[key] === 'string',
  );
  const isAuth = ['none', 'client_secret_basic', 'client_secret_post'].includes(String(value['clientAuth']));
  const isEnd = value['expiresAt'] === undefined || Number.isFinite(value['expiresAt']);
  const isHttps = URL.parse(String(value['tokenEndpoint']))?.protocol === 'https:';
  return texts && isAuth && isEnd && isHttps ? (value as unknown as Grant) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
