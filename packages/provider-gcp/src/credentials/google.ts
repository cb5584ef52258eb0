import { type IssuedToken, PaiError, type ProviderContext } from '@pai/core';
import { refusedByGoogle } from './refusal.ts';

/** Gets a token for OAuth scopes, and gives up when `signal` says so. Rejects with `credential_unavailable`. */
export type Issue = (scopes: readonly string[], signal: AbortSignal) => Promise<IssuedToken>;

/** A call of one of Google's token endpoints. */
export interface TokenCall {
  readonly url: string;
  /** What is asked for, in errors: `a token for the service account key`. */
  readonly what: string;
  readonly content: URLSearchParams | object;
  readonly bearer?: IssuedToken;
  readonly signal: AbortSignal;
}

/** Calls token endpoints. Its errors say which, with what status and what to change, and show nothing that was sent. */
export type CallGoogle = (call: TokenCall) => Promise<Readonly<Record<string, unknown>>>;

/** Calls through the `fetch` of a Provider. */
export function createGoogleCalls({ fetch }: Pick<ProviderContext, 'fetch'>): CallGoogle {
  return async ({ url, what, content, bearer, signal }) => {
    const isForm = content instanceof URLSearchParams;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer.secret.reveal()}` }),
      },
      body: isForm ? content.toString() : JSON.stringify(content),
      signal,
    });
    // What a parser says of an answer may quote from it.
    const answer: unknown = await response.json().catch(() => undefined);
    const members = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    if (!response.ok) throw refusedByGoogle(what, response.status, members);
    return members;
  };
}

/** The token of an OAuth answer (RFC 6749, 5.1). Throws `credential_unavailable` when there is none that can be used. */
export function readIssued(
  what: string,
  answer: Readonly<Record<string, unknown>>,
  context: Pick<ProviderContext, 'name' | 'now' | 'secrets'>,
  longest?: number,
): IssuedToken {
  const { access_token: token, expires_in: seconds } = answer;
  const lasts = typeof seconds === 'number' && seconds > 0 ? context.now() + seconds * 1_000 : longest;
  if (typeof token !== 'string' || lasts === undefined) throw noToken(what);
  const expiresAt = Math.min(lasts, longest ?? Number.POSITIVE_INFINITY);
  return { secret: context.secrets.derive(`${context.name}/access-token`, token), expiresAt };
}

/** The error of an answer that holds no token. */
export function noToken(what: string): PaiError {
  return new PaiError('credential_unavailable', `Google was asked for ${what} and answered with none in it`);
}
