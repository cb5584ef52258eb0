import { type CredentialSlots, credentialHeaders, stripQuery } from './auth.ts';
import type { Body } from './body.ts';
import { PaiError, toPaiError } from './errors.ts';
import { endToEnd, withoutHeaders } from './headers.ts';
import { findPlaceholder } from './placeholder.ts';
import type { Provider } from './provider.ts';
import type { AgentRequest, UpstreamRequest } from './request.ts';

/**
 * The request as it goes up: the agent's, emptied of credentials and of what only proxies write, then the real
 * credential. Rejects with `credential_unavailable`, and with `placeholder_misplaced` when the agent put one elsewhere.
 */
export async function prepareUpstream(
  provider: Pick<Provider, 'credentialSlots' | 'inject'>,
  request: AgentRequest,
): Promise<UpstreamRequest> {
  const upstream: UpstreamRequest = {
    method: request.method,
    host: request.host,
    port: request.port,
    target: stripQuery(request.target, provider.credentialSlots),
    headers: withoutHeaders(
      endToEnd(request.headers, credentialHeaders(provider.credentialSlots)),
      proxyFields,
    ),
    body: withoutCredentials(request.body, provider.credentialSlots),
  };
  try {
    await provider.inject(upstream);
  } catch (thrown) {
    throw toPaiError(thrown, 'the credential could not be put on the request', 'credential_unavailable');
  }
  const leftover = findPlaceholder(`${upstream.headers.join('\n')}\n${upstream.target}`);
  if (leftover === undefined) return upstream;
  throw new PaiError(
    'placeholder_misplaced',
    `the request carries ${leftover} where no credential belongs; send it only where the service expects its credential`,
  );
}

/** The body with trailer fields that can carry neither a credential nor a second reading of the head. */
function withoutCredentials(body: Body, slots: CredentialSlots): Body {
  if (body.length !== undefined) return body;
  const trailers = () => withoutHeaders(endToEnd(body.trailers(), credentialHeaders(slots)), headOnlyFields);
  return { ...body, trailers };
}

const headOnlyFields = new Set([
  'host',
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'cookie',
  'authorization',
  'trailer',
  'te',
]);

/** Written by proxies; an agent's are dropped, and `Expect` has been answered by then. */
const proxyFields = new Set([
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'expect',
]);
