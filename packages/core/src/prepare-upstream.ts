import { type CredentialSlots, credentialHeaders, stripQuery, withoutPathCredentials } from './auth.ts';
import type { Body } from './body.ts';
import { PaiError, toPaiError } from './errors.ts';
import { connectionOptions, endToEnd, getHeaders } from './headers.ts';
import { printable } from './host.ts';
import { findPlaceholder } from './placeholder.ts';
import type { Provider } from './provider.ts';
import { type AgentRequest, isMethodOverride, type UpstreamRequest } from './request.ts';

/**
 * The request as it goes up: the agent's, emptied of credentials and of what only proxies write, then the real
 * credential. Rejects with `credential_unavailable`, and with `placeholder_misplaced` when the agent put one elsewhere.
 */
export async function prepareUpstream(
  provider: Pick<Provider, 'credentialSlots' | 'inject' | 'upgrades'>,
  request: AgentRequest,
): Promise<UpstreamRequest> {
  refuseHiding(request);
  refuseUpgrade(provider, request);
  const { credentialSlots: slots } = provider;
  const credentials = credentialHeaders(slots);
  const isSigned = slots.signed?.hosts.includes(request.host) === true;
  const signature = isSigned ? signatureOf(slots, request) : undefined;
  const kept = endToEnd(request.headers, (key) => credentials.has(key) || isProxyField(key));
  if (signature !== undefined) kept.push('authorization', signature);
  const upstream: UpstreamRequest = {
    method: request.method,
    host: request.host,
    port: request.port,
    target: isSigned ? request.target : stripQuery(withoutPathCredentials(request, [slots]).target, slots),
    headers: kept,
    ...(request.upgrade !== undefined && { upgrade: request.upgrade }),
    ...(request.agent !== undefined && { agent: request.agent }),
    body: withoutCredentials(request.body, credentials),
  };
  try {
    await provider.inject(upstream);
  } catch (thrown) {
    throw toPaiError(thrown, 'the credential could not be put on the request', 'credential_unavailable');
  }
  const { headers, target } = upstream;
  const leftover = findPlaceholder(`${headers.join('\n')}\n${target}\n${decodeEscapes(target)}`);
  if (leftover === undefined) return upstream;
  throw new PaiError(
    'placeholder_misplaced',
    `the request carries ${leftover} where no credential belongs; send it only where the service expects its credential`,
  );
}

/** The agent's one `Authorization`, where it is of a scheme that a signing service makes. */
function signatureOf({ signed }: CredentialSlots, { headers }: AgentRequest): string | undefined {
  const [value = '', ...others] = getHeaders(headers, 'authorization');
  const scheme = /^[!-~]+(?= )/.exec(value)?.[0].toLowerCase() ?? '';
  return others.length === 0 && signed?.schemes.includes(scheme) === true ? value : undefined;
}

/** What follows a switch of protocols is seen by no policy. */
function refuseUpgrade(
  { upgrades }: Pick<Provider, 'upgrades'>,
  { upgrade, method, body }: AgentRequest,
): void {
  if (upgrade === undefined) return;
  if (upgrades?.includes(upgrade.toLowerCase()) !== true) {
    throw new PaiError(
      'upgrade_refused',
      `switching to ${printable(upgrade)} is refused: no policy can see what would follow, and the Provider does not allow it`,
    );
  }
  if (method === 'GET' && body.length === 0) return;
  throw new PaiError(
    'upgrade_refused',
    'only a GET without content can switch protocols (RFC 6455 section 4.1)',
  );
}

/** A field that the request was judged by goes up with it: `Connection` cannot take it away (RFC 9110 section 7.6.1). */
function refuseHiding({ headers }: AgentRequest): void {
  for (const option of connectionOptions(headers) ?? []) {
    if (!judged.test(option)) continue;
    throw new PaiError(
      'malformed_request',
      `Connection names ${printable(option)}, which is not for this connection only`,
    );
  }
}

/** Fields that say what a request is about, to some service. */
const judged = /^(?:host$|content-|range$|if-|accept|mcp-|x-amz-|x-ms-|x-goog-)/;

function decodeEscapes(target: string): string {
  if (!target.includes('%')) return '';
  return target.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** The body with trailer fields that can carry neither a credential nor a second reading of the head. */
function withoutCredentials(body: Body, credentials: ReadonlySet<string>): Body {
  if (body.length !== undefined) return body;
  const isUnwanted = (key: string) =>
    credentials.has(key) || isProxyField(key) || headOnlyFields.has(key) || isMethodOverride(key);
  const trailers = () => {
    const kept = endToEnd(body.trailers(), isUnwanted);
    return kept.filter((_, i) => findPlaceholder(kept[i - (i % 2) + 1] as string) === undefined);
  };
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

/** Written by proxies, and read by some servers in place of the request's own host, path or client. An agent's are dropped. */
function isProxyField(key: string): boolean {
  return key.startsWith('x-forwarded-') || proxyFields.has(key);
}

/** `Expect` has been answered by then. */
const proxyFields = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
  'x-original-uri',
  'expect',
]);
