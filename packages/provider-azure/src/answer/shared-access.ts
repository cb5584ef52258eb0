import { type AgentRequest, PaiError } from '@pai/core';
import type { AzureEndpoint, AzureService } from '../endpoint.ts';

/** Where a query with `sig` is signed. */
const signing: ReadonlySet<AzureService> = new Set<AzureService>([
  'blob',
  'dfs',
  'file',
  'queue',
  'table',
  'web',
  'eventgrid',
  'servicebus',
]);

/**
 * Throws `request_denied` for a URL with a shared access signature: it says itself what it may do and until when, which
 * would be lost with the signature. In a header, it is replaced.
 */
export function refuseSharedAccess({ query }: AgentRequest, { service }: AzureEndpoint): void {
  if (!signing.has(service) || !hasSignature(query)) return;
  throw new PaiError(
    'request_denied',
    'the URL has a shared access signature (sig), which is neither checked nor sent on; use the URL without its query, and a token such as DefaultAzureCredential gets',
  );
}

/** Whether a query has the parameter in which a shared access signature stands. */
export function hasSignature(query: string): boolean {
  return query.split('&').some(isSignature);
}

function isSignature(pair: string): boolean {
  const [name = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(name).trim().toLowerCase() === 'sig';
  } catch {
    return false;
  }
}
