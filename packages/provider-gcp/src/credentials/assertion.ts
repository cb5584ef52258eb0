import type { ServiceAccountKey } from './document.ts';

/** Seconds before now that a JWT says it was made, for clocks that differ; and that it lasts, which is the most Google takes. */
const backdating = 30;
const life = 3_600;

/** A JWT that a key has signed. */
export interface SignedJwt {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * A JWT that a service account signs with its key, RS256 (RFC 7518, 3.3), off the event loop. `now` is in milliseconds
 * since the epoch. https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export async function signJwt(
  { email, keyId, key }: ServiceAccountKey,
  claims: { readonly aud: string; readonly sub?: string; readonly scope?: string },
  now: number,
): Promise<SignedJwt> {
  const { SignJWT } = await import('jose');
  const issuedAt = Math.floor(now / 1_000) - backdating;
  const jwt = new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) })
    .setIssuer(email)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + life);
  return { text: await jwt.sign(key), expiresAt: (issuedAt + life) * 1_000 };
}
