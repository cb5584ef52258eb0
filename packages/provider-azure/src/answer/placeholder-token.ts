import { findPlaceholder } from '@pai/core';

/** What a placeholder of a token says of itself. */
export interface PlaceholderClaims {
  /** The text that says whose Provider it is. */
  readonly placeholder: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Seconds that a placeholder says it lasts. */
export const placeholderLife = 3_599;

/** What people's ids are in a placeholder: nobody's. */
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * A token that is none: a JWT (RFC 7519), since terraform and `az login --identity` read the tenant and the identity in
 * it, with the placeholder where a signature would be, in base64url.
 */
export function placeholderToken({
  placeholder,
  tenant,
  clientId,
  audience,
  now,
}: PlaceholderClaims): string {
  const seconds = Math.floor(now / 1_000);
  const tid = plain(tenant);
  const claims = {
    aud: audience,
    iss: `https://sts.windows.net/${tid}/`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + placeholderLife,
    appid: plain(clientId),
    appidacr: '1',
    idtyp: 'app',
    oid: nobody,
    sub: nobody,
    tid,
    ver: '1.0',
  };
  return [
    encode(JSON.stringify({ typ: 'JWT', alg: 'RS256' })),
    encode(JSON.stringify(claims)),
    encode(placeholder),
  ].join('.');
}

/** The one placeholder in it is the one at its end. */
function plain(id: string): string {
  return findPlaceholder(id) === undefined ? id : nobody;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
