import { type AgentRequest, getHeader, jsonResponse, type LocalResponse } from '@pai/core';
import type { AzureEndpoint } from '../endpoint.ts';

/**
 * The challenge of Key Vault, whose SDKs send their first request without a token and without its content, to be told
 * whom to ask for one: https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses. What
 * would go up in its place would be that empty request. Undefined for a request that is whole.
 */
export function answerChallenge(
  { method, headers, body, id }: AgentRequest,
  { service, audience }: AzureEndpoint,
  { authority, tenant }: { readonly authority: string; readonly tenant: string },
): LocalResponse | undefined {
  if (service !== 'vault' && service !== 'managedhsm') return undefined;
  const isProbe = body.length === 0 && !bodiless.has(method);
  if (!isProbe || getHeader(headers, 'authorization') !== undefined) return undefined;
  const message =
    'the request has no Authorization and no content, as the first one of an SDK that wants to be asked for a token; send it again with any bearer token';
  return jsonResponse(401, { error: { code: 'Unauthorized', message } }, [
    'www-authenticate',
    `Bearer authorization="https://${authority}/${tenant}", resource="${audience}"`,
    'x-ms-request-id',
    id,
  ]);
}

/** Methods whose requests have no content, so that the first one is as good as the second. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);
