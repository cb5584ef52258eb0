import { type CredentialSlots, credentialHeaders, stripQuery, withoutPathCredentials } from './auth.ts';
import { type Awaitable, isPending } from './awaitable.ts';
import type { Body } from './body.ts';
import { PaiError, toPaiError } from './errors.ts';
import { endToEnd, getHeaders } from './headers.ts';
import { printable } from './host.ts';
import { isProxyField, type KeptFields, keptFields } from './kept-fields.ts';
import { findPlaceholder } from './placeholder.ts';
import type { Provider } from './provider.ts';
import { type AgentRequest, isMethodOverride, type UpstreamRequest } from './request.ts';

/**
 * The request as it goes up: the agent's, emptied of credentials and of what only proxies write, then the real
 * credential. Rejects with `credential_unavailable`, and with `placeholder_misplaced` when the agent put one elsewhere.
 * Never throws, and gives no promise where the injector gives none.
 */
export function prepareUpstream(
  provider: Pick<Provider, 'credentialSlots' | 'inject' | 'upgrades'>,
  request: AgentRequest,
): Awaitable<UpstreamRequest> {
  try {
    const kept = keptFields(request.headers, provider.credentialSlots);
    refuseUpgrade(provider, request);
    const upstream = emptied(request, kept, provider.credentialSlots);
    const { body } = upstream;
    const injecting = inject(provider, upstream);
    if (injecting === undefined) return withoutLeftover(upstream, kept);
    return injecting
      .then(() => withoutLeftover(upstream, kept))
      .catch((thrown: unknown) => {
        // Nobody else knows of what the injector has put in its place.
        if (upstream.body !== body) upstream.body.discard?.();
        throw thrown;
      });
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

function emptied(request: AgentRequest, { fields }: KeptFields, slots: CredentialSlots): UpstreamRequest {
  const { host, agent, upgrade } = request;
  const headers = fields.slice();
  const isSigned = slots.signed?.hosts.includes(host) === true;
  const signature = isSigned ? signatureOf(slots, request) : undefined;
  if (signature !== undefined) headers.push('authorization', signature);
  const target = slots.path === undefined ? request.target : withoutPathCredentials(request, [slots]).target;
  const upstream: UpstreamRequest = {
    method: request.method,
    host,
    port: request.port,
    target: isSigned ? request.target : stripQuery(target, slots),
    headers,
    body: withoutCredentials(request.body, slots),
  };
  const named = agent === undefined ? upstream : { ...upstream, agent };
  return upgrade === undefined ? named : { ...named, upgrade };
}

/** Undefined when the credential is on already. */
function inject({ inject: write }: Pick<Provider, 'inject'>, upstream: UpstreamRequest) {
  const fail = (thrown: unknown) => {
    throw toPaiError(thrown, 'the credential could not be put on the request', 'credential_unavailable');
  };
  try {
    const writing = write(upstream);
    return isPending(writing) ? Promise.resolve(writing).catch(fail) : undefined;
  } catch (thrown) {
    return fail(thrown);
  }
}

function withoutLeftover(upstream: UpstreamRequest, kept: KeptFields): UpstreamRequest {
  const { target } = upstream;
  const leftover =
    findLeftover(upstream.headers, kept) ?? findPlaceholder(target) ?? findPlaceholder(decodeEscapes(target));
  if (leftover === undefined) return upstream;
  throw new PaiError(
    'placeholder_misplaced',
    `the request carries ${leftover} where no credential belongs; send it only where the service expects its credential`,
  );
}

/** What still stands where it was kept has been searched. */
function findLeftover(
  headers: readonly string[],
  { fields, hasPlaceholder }: KeptFields,
): string | undefined {
  for (let i = 0; i < headers.length; i += 1) {
    const text = headers[i] as string;
    if (!hasPlaceholder && text === fields[i]) continue;
    const found = findPlaceholder(text);
    if (found !== undefined) return found;
  }
  return undefined;
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

function decodeEscapes(target: string): string {
  if (!target.includes('%')) return '';
  return target.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** The body with trailer fields that can carry neither a credential nor a second reading of the head. */
function withoutCredentials(body: Body, slots: CredentialSlots): Body {
  if (body.length !== undefined) return body;
  const credentials = credentialHeaders(slots);
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
