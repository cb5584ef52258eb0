import { type LoginContext, PaiError, printable } from '@pai/core';
import type { ClientAuth as Authenticate, AuthorizationServer } from 'oauth4webapi';
import { isRecord } from '../frame.ts';
import type { OAuthAuth } from '../schema.ts';
import { loginFailure } from './failure.ts';
import { type ClientAuth, keys } from './grant.ts';
import { plainAnswer } from './plain-answer.ts';

/** Whom the authorization server takes Pai for. */
export interface OAuthClient {
  readonly id: string;
  readonly auth: ClientAuth;
  readonly secret?: string;
  /** It was registered just now. */
  readonly isRegistered: boolean;
  readonly redirectUri: string;
}

type Library = typeof import('oauth4webapi');

/**
 * Refuses an issuer that is no URL, and a client that its secret could be got out of: a server says itself who logs people
 * in for it, and would say so of a place that only collects secrets. Throws `config_invalid`.
 */
export function checkClient({ clientId, issuer }: OAuthAuth): void {
  if (issuer !== undefined && !URL.canParse(issuer)) {
    throw new PaiError(
      'config_invalid',
      'auth.issuer: it is no URL; write https://HOST, as the server has it',
    );
  }
  if (clientId === undefined || isDocument(clientId) || issuer !== undefined) return;
  throw new PaiError(
    'config_invalid',
    'auth.clientId: a client is registered at one authorization server; name it in auth.issuer',
  );
}

/** Finds a client in the order of MCP's specification, "Client Registration". Throws `login_failed`. */
export async function findClient(
  oauth: Library,
  as: AuthorizationServer,
  { clientId }: OAuthAuth,
  context: LoginContext,
): Promise<OAuthClient> {
  const { callback } = context.redirectUris;
  const takesDocuments = as['client_id_metadata_document_supported'] === true;
  if (clientId !== undefined && isDocument(clientId) && takesDocuments) {
    return { id: clientId, auth: 'none', isRegistered: false, redirectUri: callback };
  }
  if (clientId !== undefined && !isDocument(clientId)) {
    const secret = context.stored(keys.clientSecret)?.reveal();
    const auth = secret === undefined ? 'none' : methodFor(as);
    const own = { id: clientId, auth, isRegistered: false, redirectUri: callback };
    return secret === undefined ? own : { ...own, secret };
  }
  if (as.registration_endpoint !== undefined) return register(oauth, as, context);
  throw new PaiError(
    'login_failed',
    `${printable(as.issuer)} takes only clients that it knows; register one there with the redirect URI http://127.0.0.1/callback, and name it in auth.clientId, with auth.issuer`,
  );
}

function isDocument(clientId: string): boolean {
  return clientId.startsWith('https://');
}

/** Registers a client of this machine (RFC 7591), with a place to come back to that is not used again. */
async function register(
  oauth: Library,
  as: AuthorizationServer,
  { fetch, redirectUris }: LoginContext,
): Promise<OAuthClient> {
  const { unguessable: redirectUri } = redirectUris;
  const methods = as.token_endpoint_auth_methods_supported ?? ['none'];
  const wanted = methods.includes('none') ? 'none' : methodFor(as);
  const metadata = {
    client_name: 'Pai',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
    token_endpoint_auth_method: wanted,
  };
  try {
    const response = await oauth.dynamicClientRegistrationRequest(as, metadata, {
      [oauth.customFetch]: fetch,
    });
    const made = await oauth.processDynamicClientRegistrationResponse(await created(response));
    const { client_id: id } = made;
    const secret = typeof made.client_secret === 'string' ? made.client_secret : undefined;
    const said = made['token_endpoint_auth_method'] ?? wanted;
    if (secret === undefined || said === 'none') return { id, auth: 'none', isRegistered: true, redirectUri };
    const auth = said === 'client_secret_post' ? 'client_secret_post' : 'client_secret_basic';
    return { id, auth, secret, isRegistered: true, redirectUri };
  } catch (thrown) {
    throw loginFailure(`${printable(as.issuer)} registers no client`, thrown);
  }
}

/** RFC 7591 says 201, and that a secret comes with its end; some servers know neither. */
async function created(response: Response): Promise<Response> {
  if (response.status !== 200 && response.status !== 201) return plainAnswer(response);
  const value: unknown = await response.json().catch(() => undefined);
  if (!isRecord(value)) return new Response('', { status: 201 });
  return Response.json({ client_secret_expires_at: 0, ...value }, { status: 201 });
}

/** Without a word of the server it is Basic (RFC 8414 section 2). */
function methodFor({ token_endpoint_auth_methods_supported: methods }: AuthorizationServer): ClientAuth {
  const isBasic = methods?.includes('client_secret_basic') ?? true;
  return isBasic ? 'client_secret_basic' : 'client_secret_post';
}

/** How the library has a client prove itself. */
export function authenticate(oauth: Library, auth: ClientAuth, secret: string | undefined): Authenticate {
  if (auth === 'none' || secret === undefined) return oauth.None();
  return auth === 'client_secret_post' ? oauth.ClientSecretPost(secret) : basic(secret);
}

/** The library's own escapes dashes too, which is right (RFC 6749 section 2.3.1) and more than some servers undo. */
function basic(secret: string): Authenticate {
  return (_, { client_id: id }, __, headers) => {
    const pair = Buffer.from(`${formEncode(id)}:${formEncode(secret)}`).toString('base64');
    headers.set('authorization', `Basic ${pair}`);
  };
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
