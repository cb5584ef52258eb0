import { PaiError, printable } from '@pai/core';

/** What is known of an answer of Google's that is no success, with what to change. Its own words are left out, which may quote. */
export function refusedByGoogle(
  what: string,
  status: number,
  answer: Readonly<Record<string, unknown>>,
): PaiError {
  const code = codeOf(answer);
  const remedy = remedyFor(code, descriptionOf(answer)) ?? byStatus(status);
  const named = code === undefined ? '' : ` ${code}`;
  return new PaiError(
    'credential_unavailable',
    `Google refused ${what} with${named} status ${status}: ${remedy}`,
  );
}

/** `error` of OAuth (RFC 6749, 5.2), or `error.status` of Google's APIs. */
function codeOf({ error }: Readonly<Record<string, unknown>>): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { status?: unknown }).status : error;
  return typeof code === 'string' && /^[A-Za-z_]{1,64}$/.test(code)
    ? printable(code).slice(1, -1)
    : undefined;
}

function descriptionOf({ error, error_description: text }: Readonly<Record<string, unknown>>): string {
  const message =
    typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : text;
  return typeof message === 'string' ? message : '';
}

interface Remedy {
  readonly code: string;
  readonly says?: RegExp;
  readonly remedy: string;
}

/** Source: https://developers.google.com/identity/protocols/oauth2/service-account (JWT error codes), and IAM's of the same. */
const remedies: readonly Remedy[] = [
  {
    code: 'invalid_grant',
    says: /signature/i,
    remedy: 'the private key in the Secret is no key of its client_email any more; store a new one',
  },
  {
    code: 'invalid_grant',
    says: /timeframe|\biat\b|\bexp\b/i,
    remedy: 'the clock here is wrong; correct it',
  },
  {
    code: 'invalid_grant',
    says: /account not found|disabled|deleted/i,
    remedy: 'the account is disabled or gone; enable it, or store the key of another',
  },
  {
    code: 'invalid_grant',
    says: /expired|revoked/i,
    remedy: 'what the Secret holds has expired or was revoked; store a new one',
  },
  {
    code: 'invalid_grant',
    remedy: 'Google does not take what the Secret holds; look whether it is active, and at the clock here',
  },
  {
    code: 'invalid_client',
    remedy: 'the client in the Secret does not exist or has another secret; store the document anew',
  },
  {
    code: 'invalid_scope',
    remedy: "a scope is not one of Google's; correct config.scopes",
  },
  {
    code: 'unauthorized_client',
    remedy: 'the account may not ask for these scopes; correct config.scopes',
  },
  {
    code: 'invalid_target',
    remedy:
      'the identity pool or its provider does not exist or is disabled; look at the audience in the Secret',
  },
  {
    code: 'access_denied',
    remedy: 'an organization policy or a condition of the identity provider forbids it',
  },
  {
    code: 'PERMISSION_DENIED',
    remedy:
      'the credential needs roles/iam.serviceAccountTokenCreator on the service account that is impersonated, and the IAM Service Account Credentials API has to be enabled',
  },
  {
    code: 'NOT_FOUND',
    remedy: 'there is no such service account; correct config.impersonate and config.delegates',
  },
];

function remedyFor(code: string | undefined, description: string): string | undefined {
  const fits = remedies.find((known) => known.code === code && (known.says?.test(description) ?? true));
  return fits?.remedy;
}

function byStatus(status: number): string {
  if (status === 429) return 'too many were asked for; try again later';
  return status >= 500 ? 'Google cannot say now; try again later' : 'look at the credential in the Secret';
}
