import { jsonResponse, type LocalResponse } from '@pai/core';
import { type PlaceholderIdentity, tokenLife } from './identity.ts';

/** What Google says of an access token to who has it (`tokeninfo`). */
export function answerTokenInfo({ email, now }: PlaceholderIdentity): LocalResponse {
  return jsonResponse(200, {
    azp: email,
    aud: email,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    exp: String(Math.floor(now() / 1_000) + tokenLife),
    expires_in: String(tokenLife),
    email,
    email_verified: 'true',
    access_type: 'online',
  });
}

/** What Google says of whom an access token stands for (`userinfo`). */
export function answerUserInfo({ email }: PlaceholderIdentity): LocalResponse {
  return jsonResponse(200, { sub: email, id: email, email, email_verified: true, verified_email: true });
}
