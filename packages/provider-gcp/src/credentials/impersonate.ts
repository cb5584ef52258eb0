import type { Impersonation } from './document.ts';
import type { ExchangeContext } from './exchange.ts';
import { type Issue, noToken } from './google.ts';

/** What tokens need that only get other tokens. */
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Access tokens of a service account, by those of another identity that may have them.
 * https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
export function impersonate(
  issue: Issue,
  { target, delegates }: Impersonation,
  { name, secrets, call }: ExchangeContext,
): Issue {
  const what = `a token of ${target}`;
  return async (scopes, signal) => {
    const answer = await call({
      url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${target}:generateAccessToken`,
      what,
      content: {
        scope: scopes,
        delegates: delegates.map((delegate) => `projects/-/serviceAccounts/${delegate}`),
        lifetime: '3600s',
      },
      bearer: await issue([cloudPlatform], signal),
      signal,
    });
    const { accessToken, expireTime } = answer;
    const expiresAt = typeof expireTime === 'string' ? Date.parse(expireTime) : Number.NaN;
    if (typeof accessToken !== 'string' || Number.isNaN(expiresAt)) throw noToken(what);
    return { secret: secrets.derive(`${name}/impersonated-token`, accessToken), expiresAt };
  };
}
