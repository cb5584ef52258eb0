import { type AgentRequest, jsonResponse, type LocalResponse } from '@pai/core';
import { readClaims, readTokenRequest, type TokenRequest } from './carried.ts';
import { type PlaceholderIdentity, placeholderIdToken, tokenLife } from './identity.ts';

/** `https://oauth2.googleapis.com/token` and its older addresses: RFC 6749, 3.2. */
export async function answerToken(
  request: AgentRequest,
  identity: PlaceholderIdentity,
): Promise<LocalResponse> {
  if (request.method !== 'POST') return oauthError(405, 'invalid_request', 'tokens are had by POST');
  const asked = await readTokenRequest(request);
  const answer = grants.get(asked.value('grant_type') ?? '');
  if (answer === undefined) return unsupported;
  return jsonResponse(200, answer(asked, identity), noStore);
}

/** `https://sts.googleapis.com/v1/token`: RFC 8693. */
export async function answerExchange(
  request: AgentRequest,
  identity: PlaceholderIdentity,
): Promise<LocalResponse> {
  if (request.method !== 'POST') return oauthError(405, 'invalid_request', 'tokens are exchanged by POST');
  const asked = await readTokenRequest(request);
  const grant = asked.value('grant_type') ?? asked.value('grantType');
  if (grant !== 'urn:ietf:params:oauth:grant-type:token-exchange') return unsupported;
  const issued = {
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    ...accessToken(asked, identity),
  };
  return jsonResponse(200, issued, noStore);
}

type Grant = (asked: TokenRequest, identity: PlaceholderIdentity) => object;

const grants: ReadonlyMap<string, Grant> = new Map<string, Grant>([
  [
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    (asked, identity) => {
      const audience = readClaims(asked.value('assertion') ?? '')?.target_audience;
      return typeof audience === 'string'
        ? { id_token: placeholderIdToken(identityOf(asked, identity), audience) }
        : accessToken(asked, identity);
    },
  ],
  [
    'refresh_token',
    (asked, identity) => {
      const scope = asked.value('scope');
      return { ...accessToken(asked, identity), ...(scope !== undefined && { scope }) };
    },
  ],
]);

function accessToken(asked: TokenRequest, identity: PlaceholderIdentity) {
  const { token } = identityOf(asked, identity);
  return { access_token: token, expires_in: tokenLife, token_type: 'Bearer' };
}

/** The Provider whose placeholder was sent is the one that the token is for. */
function identityOf({ placeholder }: TokenRequest, identity: PlaceholderIdentity): PlaceholderIdentity {
  return placeholder === undefined ? identity : { ...identity, token: placeholder };
}

const noStore = ['cache-control', 'no-cache, no-store, max-age=0, must-revalidate'];

/** RFC 6749, 5.2. */
function oauthError(status: number, error: string, description: string): LocalResponse {
  return jsonResponse(status, { error, error_description: description }, noStore);
}

const unsupported = oauthError(
  400,
  'unsupported_grant_type',
  'this sidecar answers for Google with placeholder tokens, and only the grants of service accounts, refresh tokens and token exchange need one',
);
