import { createPublicKey, randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { Account } from './account.ts';

/** A rule of a credential access boundary, as the exchange was asked for it. */
export interface BoundaryRule {
  readonly availableResource: string;
  readonly availablePermissions: readonly string[];
  readonly availabilityCondition?: { readonly expression: string };
}

/** What a live bearer stands for. */
export interface Grant {
  readonly email: string;
  readonly scopes: readonly string[];
  readonly boundary?: readonly BoundaryRule[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** What Google knows of its accounts and of the tokens that it gave out. */
export interface Tokens {
  issue(grant: Omit<Grant, 'expires'>): { token: string; seconds: number };
  /** The grant of a live opaque token, or of a JWT that an account signed for `audience`. */
  check(bearer: string, audience: string): Promise<Grant | undefined>;
  /** The account that signed an assertion for a token endpoint. Throws with what is wrong with it. */
  readAssertion(assertion: string): Promise<{ email: string; scopes: readonly string[] }>;
  /** From now on nothing that the account's key signed is taken, and its tokens are dead. */
  revoke(email: string): void;
  /** Kills the tokens that were given out, not the keys. */
  expireAll(): void;
  readonly accounts: Map<string, Account>;
  /** Every token that was given out. */
  readonly given: readonly string[];
}

const endpoints = ['https://oauth2.googleapis.com/token', 'https://www.googleapis.com/oauth2/v4/token'];

/** Tokens that live `seconds()`. */
export function createTokens(seconds: () => number): Tokens {
  const accounts = new Map<string, Account>();
  const live = new Map<string, Grant>();
  const given: string[] = [];

  const verify = async (jwt: string) => {
    const { iss = '' } = decodeJwt(jwt);
    const { kid } = decodeProtectedHeader(jwt);
    const account = accounts.get(iss);
    if (account === undefined) throw new Error('account not found');
    if (kid !== undefined && kid !== account.keyId) throw new Error(`no key ${kid}`);
    const { payload } = await jwtVerify(jwt, createPublicKey(account.publicKey), { algorithms: ['RS256'] });
    const { iat, exp } = payload;
    const now = Date.now() / 1_000;
    if (iat === undefined || exp === undefined) throw new Error('iat and exp must be there');
    if (iat > now + 60) throw new Error('iat is in the future');
    if (exp - iat > 3_600 + 60) throw new Error('token must be a short-lived token');
    return { ...payload, iss, scope: String(payload['scope'] ?? '') };
  };

  return {
    accounts,
    given,
    issue(grant) {
      const token = `ya29.e2eGoogleToken${randomBytes(24).toString('base64url')}`;
      live.set(token, { ...grant, expires: Date.now() + seconds() * 1_000 });
      given.push(token);
      return { token, seconds: seconds() };
    },
    async check(bearer, audience) {
      const grant = live.get(bearer);
      if (grant !== undefined) return grant.expires > Date.now() ? grant : undefined;
      if (bearer.split('.').length !== 3) return undefined;
      const claims = await verify(bearer).catch(() => undefined);
      if (claims === undefined || claims.sub !== claims.iss) return undefined;
      const scopes = claims.scope === '' ? undefined : claims.scope.split(' ');
      if (scopes === undefined && String(claims.aud).replace(/\/$/, '') !== audience) return undefined;
      const all = ['https://www.googleapis.com/auth/cloud-platform'];
      return { email: claims.iss, scopes: scopes ?? all, expires: Number(claims.exp) * 1_000 };
    },
    async readAssertion(assertion) {
      const claims = await verify(assertion);
      if (!endpoints.includes(String(claims.aud))) throw new Error(`wrong audience ${claims.aud}`);
      const scopes = claims.scope.split(' ').filter(Boolean);
      if (scopes.length === 0) throw new Error('no scope');
      return { email: claims.iss, scopes };
    },
    revoke(email) {
      accounts.delete(email);
      for (const [token, grant] of live) if (grant.email === email) live.delete(token);
    },
    expireAll: () => live.clear(),
  };
}
