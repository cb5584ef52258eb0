import { placeholderFor } from '@pai/core';

/** What an agent is told of the identity that it has not. */
export interface PlaceholderIdentity {
  /** Stands for every access token. */
  readonly token: string;
  /** Carries the placeholder, so that what a client signs as this account carries it too. */
  readonly email: string;
  readonly project: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Seconds that placeholder tokens last, so that clients ask for new ones as they do of Google. */
export const tokenLife = 3_599;

/** The identity of the Provider called `provider`. */
export function placeholderIdentity(
  provider: string,
  project: string | undefined,
  now: () => number,
): PlaceholderIdentity {
  const token = placeholderFor(provider);
  return { token, email: placeholderEmail(token, project), project, now };
}

/** The e-mail address of the service account that a placeholder stands for. */
export function placeholderEmail(token: string, project = 'placeholder'): string {
  return `${token}@${project.replace(/^.*:/, '')}.iam.gserviceaccount.com`;
}

/** An id token that clients can read the claims of, and nobody takes: it has no signature. */
export function placeholderIdToken({ email, now }: PlaceholderIdentity, audience: string): string {
  const issuedAt = Math.floor(now() / 1_000);
  const claims = {
    iss: 'https://accounts.google.com',
    aud: audience,
    azp: email,
    sub: email,
    email,
    email_verified: true,
    iat: issuedAt,
    exp: issuedAt + tokenLife,
  };
  return [{ alg: 'RS256', typ: 'JWT', kid: 'placeholder' }, claims, 'placeholder'].map(encode).join('.');
}

function encode(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}
