import type { IssuedToken, ProviderContext } from '@pai/core';
import { signJwt } from './assertion.ts';
import type { AuthorizedUser, CredentialDocument, ExternalAccount, ServiceAccountKey } from './document.ts';
import { type CallGoogle, type Issue, readIssued } from './google.ts';

const tokenUrl = 'https://oauth2.googleapis.com/token';

/** Where tokens are exchanged for others (RFC 8693). */
export const exchangeUrl = 'https://sts.googleapis.com/v1/token';

/** What exchanges need. */
export type ExchangeContext = Pick<ProviderContext, 'name' | 'now' | 'secrets'> & {
  readonly call: CallGoogle;
};

/** Access tokens of an identity, by the grant that is its own. */
export function issueFor(identity: CredentialDocument['identity'], context: ExchangeContext): Issue {
  switch (identity.kind) {
    case 'service_account':
      return issueByKey(identity, context);
    case 'authorized_user':
      return issueByRefreshToken(identity, context);
    case 'external_account':
      return issueBySubjectToken(identity, context);
  }
}

/** RFC 7523, 2.1, as https://developers.google.com/identity/protocols/oauth2/service-account has it. */
function issueByKey(key: ServiceAccountKey, context: ExchangeContext): Issue {
  return async (scopes, signal) => {
    const jwt = await signJwt(key, { aud: tokenUrl, scope: scopes.join(' ') }, context.now());
    const assertion = context.secrets.derive(`${context.name}/assertion`, jwt.text).reveal();
    const content = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    });
    return ask({ url: tokenUrl, what: 'a token for the service account key', content, signal }, context);
  };
}

/** RFC 6749, 6. */
function issueByRefreshToken(user: AuthorizedUser, context: ExchangeContext): Issue {
  return async (_scopes, signal) => {
    const content = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: user.clientId,
      client_secret: user.clientSecret,
      refresh_token: user.refreshToken,
    });
    return ask({ url: tokenUrl, what: 'a token for the refresh token', content, signal }, context);
  };
}

/** RFC 8693, as https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token has it. */
function issueBySubjectToken(account: ExternalAccount, context: ExchangeContext): Issue {
  return async (scopes, signal) => {
    const { audience, subjectTokenType, userProject } = account;
    const subjectToken = context.secrets.read('subject_token', { multiline: true }).reveal().trim();
    const content = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience,
      scope: scopes.join(' '),
      subject_token: subjectToken,
      subject_token_type: subjectTokenType,
      ...(userProject !== undefined && { options: JSON.stringify({ userProject }) }),
    });
    return ask({ url: exchangeUrl, what: 'a token for the subject_token', content, signal }, context);
  };
}

async function ask(call: Parameters<CallGoogle>[0], context: ExchangeContext): Promise<IssuedToken> {
  return readIssued(call.what, await context.call(call), context);
}
