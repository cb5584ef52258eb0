import { type ExchangeContext, exchangeUrl } from './exchange.ts';
import { type Issue, readIssued } from './google.ts';

/** A rule of a credential access boundary, as Google takes it. */
export interface AccessBoundaryRule {
  /** `//storage.googleapis.com/projects/_/buckets/b`. */
  readonly availableResource: string;
  /** `inRole:roles/storage.objectViewer`. */
  readonly availablePermissions: readonly string[];
  readonly availabilityCondition?: { readonly title?: string; readonly expression: string };
}

/**
 * Access tokens that reach no more than `rules` say: Cloud Storage only.
 * https://docs.cloud.google.com/iam/docs/downscoping-short-lived-credentials
 */
export function downscope(
  issue: Issue,
  rules: readonly AccessBoundaryRule[],
  context: ExchangeContext,
): Issue {
  const what = 'a token for the buckets in scope.resources';
  return async (scopes, signal) => {
    const whole = await issue(scopes, signal);
    const content = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token: whole.secret.reveal(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      options: JSON.stringify({ accessBoundary: { accessBoundaryRules: rules } }),
    });
    const answer = await context.call({ url: exchangeUrl, what, content, signal });
    return readIssued(what, answer, { ...context, name: `${context.name}/limited` }, whole.expiresAt);
  };
}
