import { PaiError, type ProviderContext } from '@pai/core';
import type { AskForToken } from './entra.ts';
import { readToken } from './read-token.ts';

/** The instance metadata service, at the one address that it has in every cloud. */
export const metadataHost = '169.254.169.254';

/**
 * Asks the metadata service of the machine for tokens of its managed identity; of `clientId` where there are several.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
export function createManagedIdentity(
  clientId: string | undefined,
  { fetch, now }: Pick<ProviderContext, 'fetch' | 'now'>,
): AskForToken {
  return async (audience, signal) => {
    const query = new URLSearchParams({
      'api-version': '2018-02-01',
      resource: audience,
      ...(clientId !== undefined && { client_id: clientId }),
    });
    const url = `http://${metadataHost}/metadata/identity/oauth2/token?${query}`;
    const response = await fetch(url, { headers: { metadata: 'true', 'user-agent': 'pai' }, signal });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.status !== 200) throw refused(response.status, audience, clientId);
    const issued = readToken(answer, now());
    if (issued !== undefined) return issued;
    throw new PaiError(
      'credential_unavailable',
      `the metadata service answered a request for a token for ${audience} with no token in it`,
    );
  };
}

function refused(status: number, audience: string, clientId: string | undefined): PaiError {
  const who = clientId === undefined ? 'an identity, or has several' : `the identity ${clientId}`;
  const isWrong = status === 400 || status === 403 || status === 404;
  const remedy = isWrong
    ? `the machine may not have ${who}; assign one, and name it in auth.clientId`
    : 'try again later';
  return new PaiError(
    'credential_unavailable',
    `the metadata service refused a token for ${audience} with status ${status}: ${remedy}`,
  );
}
