import type { ProviderContext } from '@pai/core';
import { authenticate } from './client.ts';
import { endOf, type StoredGrant } from './grant.ts';
import { plainAnswer } from './plain-answer.ts';

/**
 * New tokens for a refresh token, which may be used up by this (OAuth 2.1 section 4.3). Throws what the library throws, which
 * holds what was sent.
 */
export async function refresh(
  stored: StoredGrant,
  refreshToken: string,
  { fetch, now }: Pick<ProviderContext, 'fetch' | 'now'>,
): Promise<StoredGrant> {
  const { grant, clientSecret } = stored;
  const { issuer, tokenEndpoint, clientId, clientAuth, resource } = grant;
  const oauth = await import('oauth4webapi');
  const as = { issuer, token_endpoint: tokenEndpoint };
  const client = { client_id: clientId };
  const proof = authenticate(oauth, clientAuth, clientSecret);
  const options = { [oauth.customFetch]: fetch, additionalParameters: { resource } };
  const response = await oauth.refreshTokenGrantRequest(as, client, proof, refreshToken, options);
  const tokens = await oauth.processRefreshTokenResponse(as, client, await plainAnswer(response));
  if (tokens.token_type !== 'bearer') throw new Error('no bearer token');
  const { expiresAt: _, ...lasting } = grant;
  return {
    ...stored,
    grant: { ...lasting, ...endOf(tokens.expires_in, now()) },
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? refreshToken,
  };
}
