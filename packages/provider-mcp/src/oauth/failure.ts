import { isPaiError, PaiError } from '@pai/core';

/** Errors that servers name (RFC 6749 sections 4.1.2.1 and 5.2, RFC 7591 section 3.2.2, RFC 8707 section 2, OpenID Connect). */
const known = new Set([
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_client_metadata',
  'invalid_grant',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unapproved_software_statement',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
]);

/** What went wrong with an authorization server. */
export interface OAuthFailure {
  /** In words that hold nothing of what it sent: that may be a token. */
  readonly reason: string;
  /** The refresh token or the client is not taken any more, so that asking again is of no use. */
  readonly isFinal: boolean;
}

/** What something means that the library, or `fetch`, threw. */
export function explainFailure(thrown: unknown): OAuthFailure {
  if (isPaiError(thrown)) return { reason: thrown.message, isFinal: false };
  const { code, error, status } = (thrown ?? {}) as Record<string, unknown>;
  if (code === 'OAUTH_RESPONSE_BODY_ERROR' || code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    const name = typeof error === 'string' && known.has(error) ? error : 'an error of no known name';
    return { reason: `it answers ${name}`, isFinal: finals.has(name) };
  }
  // Where a client has to prove itself, the answer to one that is not known.
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') {
    return { reason: 'it answers invalid_client', isFinal: status === 401 };
  }
  return { reason: 'its answer is not what OAuth 2.1 says', isFinal: false };
}

const finals = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);

/** `login_failed` with what the authorization server, or the way to it, said. The original is not kept: it holds what was sent. */
export function loginFailure(what: string, thrown: unknown): PaiError {
  if (isPaiError(thrown) && thrown.code === 'login_failed') return thrown;
  return new PaiError('login_failed', `${what}: ${explainFailure(thrown).reason}`);
}
