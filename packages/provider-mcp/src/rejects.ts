import { commandIn, PaiError, type Provider, type ProviderContext } from '@pai/core';
import { findChallenge, readScopes } from './oauth/challenge.ts';
import type { McpAuth } from './schema.ts';

/**
 * Keeps from agents that their server refuses the credential: clients would begin a login of their own, which ends nowhere,
 * or with a token that an agent holds.
 */
export function createRejects(
  auth: McpAuth | undefined,
  { name, namespace }: Pick<ProviderContext, 'name' | 'namespace'>,
): NonNullable<Provider['rejects']> {
  const run: Run = (command) => `run: ${commandIn(namespace, command)}`;
  return ({ status, headers }) => {
    if (status === 401) return new PaiError('credential_refused', refusal(auth, name, run));
    const challenge = status === 403 ? findChallenge(headers) : undefined;
    if (challenge?.error !== 'insufficient_scope') return undefined;
    return new PaiError('credential_refused', narrowness(auth, name, readScopes(challenge.scope), run));
  };
}

/** A command as the end of a sentence. */
type Run = (command: string) => string;

function refusal(auth: McpAuth | undefined, provider: string, run: Run): string {
  if (auth === undefined) {
    return 'the server asks for a credential (401), and the Provider has none; add spec.auth to it: type api-key or oauth';
  }
  if (auth.type === 'oauth') {
    return `the server does not take the token of the login (401); ${run(`pai login ${provider}`)}`;
  }
  const { secretRef, secretKey = 'token' } = auth;
  return `the server does not take the key (401); ${run(`pai add secret ${secretRef} --from-literal ${secretKey}=…`)}`;
}

function narrowness(
  auth: McpAuth | undefined,
  provider: string,
  scopes: readonly string[],
  run: Run,
): string {
  const lacking = scopes.length === 0 ? 'a scope' : `the scopes ${scopes.join(' ')}`;
  if (auth?.type !== 'oauth')
    return `the server says that the credential lacks ${lacking}; use one that has them`;
  if (auth.scopes !== undefined) {
    return `the token lacks ${lacking}; add them to spec.auth.scopes, and ${run(`pai login ${provider}`)}`;
  }
  const wanted = scopes.map((scope) => ` --scope ${scope}`).join('');
  return `the token lacks ${lacking}; ${run(`pai login ${provider}${wanted}`)}`;
}
