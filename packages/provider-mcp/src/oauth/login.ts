import { type Login, type LoginContext, PaiError, printable, type SecretChange } from '@pai/core';
import type { AuthorizationServer, TokenEndpointResponse } from 'oauth4webapi';
import type { McpEndpoint } from '../endpoint.ts';
import type { OAuthAuth } from '../schema.ts';
import { readScopes } from './challenge.ts';
import { authenticate, checkClient, findClient, type OAuthClient } from './client.ts';
import { type Discovered, discover } from './discovery.ts';
import { loginFailure } from './failure.ts';
import { endOf, type Grant, keys, readStored } from './grant.ts';
import { plainAnswer } from './plain-answer.ts';

type Library = typeof import('oauth4webapi');

/** The authorization code flow of OAuth 2.1 with PKCE, as MCP's specification has it in all revisions since 2025-03-26. */
export function createLogin(auth: OAuthAuth, endpoint: McpEndpoint): Login {
  checkClient(auth);
  return async (context) => {
    const oauth = await import('oauth4webapi');
    const found = await discover(endpoint, auth.issuer, context.fetch);
    const scope = scopesFor(found, auth, context).join(' ');
    const client = await findClient(oauth, found.as, auth, context);
    const tokens = await obtain(oauth, { ...found, client, scope }, context);
    return changeOf(tokens, { ...found, client, scope }, context);
  };
}

interface Flow extends Discovered {
  readonly client: OAuthClient;
  /** Empty: none is asked for. */
  readonly scope: string;
}

/** The user's own scopes and no others; else what the server wants, and a refresh token where it gives one. */
function scopesFor({ as, scopes }: Discovered, auth: OAuthAuth, context: LoginContext): readonly string[] {
  if (auth.scopes !== undefined) {
    if (context.scopes.length === 0) return auth.scopes;
    throw new PaiError(
      'usage',
      'spec.auth.scopes says which scopes to ask for; add them there, not with --scope',
    );
  }
  const former = context.scopes.length === 0 ? [] : readScopes(readStored(context.stored)?.grant.scope);
  const offline = as.scopes_supported?.includes('offline_access') === true ? ['offline_access'] : [];
  return [...new Set([...scopes, ...former, ...context.scopes, ...offline])];
}

async function obtain(oauth: Library, flow: Flow, context: LoginContext): Promise<TokenEndpointResponse> {
  const { as, client, resource } = flow;
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = await authorizationUrl(oauth, flow, { verifier, state });
  const back = await context.authorize(url, client.redirectUri);
  const party = { client_id: client.id };
  try {
    // The issuer too is checked here, if the server says it in its answers (RFC 9207).
    const answer = oauth.validateAuthResponse(as, party, back, state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      party,
      authenticate(oauth, client.auth, client.secret),
      answer,
      client.redirectUri,
      verifier,
      { [oauth.customFetch]: context.fetch, additionalParameters: { resource } },
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, party, await plainAnswer(response));
    if (tokens.token_type === 'bearer') return tokens;
  } catch (thrown) {
    throw loginFailure(`${printable(as.issuer)} gives no token`, thrown);
  }
  throw new PaiError('login_failed', `${printable(as.issuer)} gives a token that is no bearer token`);
}

async function authorizationUrl(
  oauth: Library,
  { as, client, resource, scope }: Flow,
  { verifier, state }: { readonly verifier: string; readonly state: string },
): Promise<URL> {
  const url = new URL(as.authorization_endpoint ?? '');
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource,
    ...(scope !== '' && { scope }),
    // OpenID Connect Core section 11 gives no refresh token without.
    ...(scope.split(' ').includes('offline_access') && { prompt: 'consent' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

function changeOf(tokens: TokenEndpointResponse, flow: Flow, { now, log }: LoginContext): SecretChange {
  const { as, client, resource } = flow;
  const scope = readScopes(tokens.scope ?? flow.scope).join(' ');
  const grant: Grant = {
    issuer: as.issuer,
    tokenEndpoint: tokenEndpointOf(as),
    clientId: client.id,
    clientAuth: client.auth,
    isRegistered: client.isRegistered,
    resource,
    ...(scope !== '' && { scope }),
    ...endOf(tokens.expires_in, now()),
  };
  if (scope !== '') log(`scopes: ${scope}`);
  if (tokens.refresh_token === undefined) {
    const { expires_in: seconds } = tokens;
    const then =
      seconds === undefined ? 'when the server takes the token no longer' : `in ${seconds} seconds`;
    log(`the server gives no refresh token: log in again ${then}`);
  }
  return {
    [keys.accessToken]: tokens.access_token,
    [keys.refreshToken]: tokens.refresh_token,
    [keys.grant]: JSON.stringify(grant),
    [keys.registrationSecret]: client.isRegistered ? client.secret : undefined,
  };
}

function tokenEndpointOf({ token_endpoint: place = '' }: AuthorizationServer): string {
  return new URL(place).href;
}
