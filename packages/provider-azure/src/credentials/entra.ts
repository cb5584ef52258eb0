import { PaiError, type ProviderContext } from '@pai/core';
import type { ClientProof } from './client-proof.ts';
import { refusedByEntra } from './entra-refusal.ts';
import { type ReadToken, readToken } from './read-token.ts';

/** Gets a token for an audience. Rejects with `credential_unavailable`, and gives up when `signal` says so. */
export type AskForToken = (audience: string, signal: AbortSignal) => Promise<ReadToken>;

/**
 * Asks the token endpoint of Entra ID, as an application by itself:
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function createEntra(
  endpoint: string,
  proof: ClientProof,
  { fetch, now }: Pick<ProviderContext, 'fetch' | 'now'>,
): AskForToken {
  return async (audience, signal) => {
    const fields = await proof();
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: `${audience}/.default`,
      ...fields,
    });
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'pai',
      },
      body: body.toString(),
      signal,
    });
    // What a parser says of an answer may quote from it.
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.status !== 200) throw refusedByEntra(response.status, answer, audience, fields);
    const issued = readToken(answer, now());
    if (issued !== undefined) return issued;
    throw new PaiError(
      'credential_unavailable',
      `Entra ID answered a request for a token for ${audience} with no token in it`,
    );
  };
}
