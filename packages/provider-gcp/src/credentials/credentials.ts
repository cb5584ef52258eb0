import { createTokenSource, PaiError, type ProviderContext, Secret, type TokenSource } from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import type { GcpSpec } from '../schema.ts';
import { signJwt } from './assertion.ts';
import { type CredentialDocument, readDocument } from './document.ts';
import { type AccessBoundaryRule, downscope } from './downscope.ts';
import { type ExchangeContext, issueFor } from './exchange.ts';
import { createGoogleCalls, type Issue } from './google.ts';
import { impersonate } from './impersonate.ts';

/** Tokens for what a request goes to. */
export interface GcpCredentials {
  readonly sourceFor: (endpoint: GcpEndpoint) => TokenSource;
  /** A token for Cloud Storage that is not held to the buckets in scope: Pai's own questions are asked with it. */
  readonly askingSource: () => TokenSource;
  /** The project that calls are counted and paid for, where the credential names one. */
  readonly quotaProject: string | undefined;
}

/** What decides which tokens are asked for. */
export interface CredentialOptions {
  /** The OAuth scopes that an API takes, by its name: `pubsub.googleapis.com`. */
  readonly scopesOf: (service: string) => readonly string[];
  /** What tokens for Cloud Storage are held to; undefined when they are not. */
  readonly bucketRules: readonly AccessBoundaryRule[] | undefined;
}

/**
 * The tokens of a spec, one source for each set of scopes. What the Secret holds is read again for each of them. Throws
 * `secret_missing`, `secret_invalid` or `config_invalid`. Where nothing can be fetched they are stubs.
 */
export function createCredentials(
  spec: GcpSpec,
  context: ProviderContext,
  { scopesOf, bucketRules }: CredentialOptions,
): GcpCredentials {
  const { name, now, signal, isOffline = false } = context;
  const { config = {} } = spec;
  checkConfig(config);
  if (isOffline) return offline(name);
  const read = () =>
    readDocument(context.secrets.read(spec.auth.secretKey ?? 'key.json', { multiline: true }));
  const stored = read();
  checkDocument(stored, config, context);
  const { quotaProject } = stored;
  const exchange: ExchangeContext = { ...context, name, now, call: createGoogleCalls(context) };
  const issue = issueWith(read, config, exchange);
  const sources = new Map<string, TokenSource>();
  const sourceBy = (key: string, kind: string, fetch: (limit: AbortSignal) => ReturnType<Issue>) => {
    const known = sources.get(key) ?? createTokenSource({ name: `${name}/${kind}`, now, signal, fetch });
    sources.set(key, known);
    const [oldest] = sources.keys();
    if (sources.size > mostSources && oldest !== undefined) sources.delete(oldest);
    return known;
  };
  const scopedSource = (service: string, kind: string, by: Issue) => {
    const scopes = config.scopes ?? scopesOf(service);
    return sourceBy([kind, ...scopes].join(' '), kind, (limit) => by(scopes, limit));
  };
  const limited = bucketRules === undefined ? issue : downscope(issue, bucketRules, exchange);
  const storage = 'storage.googleapis.com';
  return {
    sourceFor: ({ service }) => {
      if (service === storage && bucketRules !== undefined)
        return scopedSource(service, 'bucket-token', limited);
      if (config.selfSignedJwt !== true) return scopedSource(service, 'access-token', issue);
      return sourceBy(`jwt ${service}`, 'jwt', () => signFor(service, read(), exchange));
    },
    askingSource: () => scopedSource(storage, 'access-token', issue),
    quotaProject,
  };
}

/** Agents choose the hosts that they ask, and with them the APIs that JWTs are signed for. */
const mostSources = 200;

type Config = NonNullable<GcpSpec['config']>;

function checkConfig({ impersonate: target, delegates, selfSignedJwt, scopes }: Config): void {
  if (delegates !== undefined && target === undefined) {
    throw wrong('config.delegates: nobody is impersonated; add config.impersonate, or remove it');
  }
  if (selfSignedJwt !== true) return;
  if (target !== undefined) {
    throw wrong('config.selfSignedJwt: a JWT is of the key that signs it; remove it, or config.impersonate');
  }
  if (scopes === undefined) return;
  throw wrong('config.selfSignedJwt: a JWT is for one API and has no scopes; remove it, or config.scopes');
}

function checkDocument(
  { identity, impersonation }: CredentialDocument,
  { selfSignedJwt, impersonate: target }: Config,
  { secrets }: ProviderContext,
): void {
  if (identity.kind === 'external_account') secrets.read('subject_token', { multiline: true });
  if (impersonation !== undefined && target !== undefined && impersonation.target !== target) {
    throw wrong('config.impersonate: the Secret already impersonates another service account; remove one');
  }
  if (selfSignedJwt === true && (identity.kind !== 'service_account' || impersonation !== undefined)) {
    throw wrong('config.selfSignedJwt: the Secret holds no key of a service account; remove it');
  }
}

/** The Secret may hold something else by the next token. */
function issueWith(read: () => CredentialDocument, config: Config, context: ExchangeContext): Issue {
  return (scopes, signal) => {
    const { identity, impersonation } = read();
    const own = issueFor(identity, context);
    const target = config.impersonate;
    const wanted = target === undefined ? impersonation : { target, delegates: config.delegates ?? [] };
    const issue = wanted === undefined ? own : impersonate(own, wanted, context);
    return issue(scopes, signal);
  };
}

/** https://google.aip.dev/auth/4111 */
async function signFor(service: string, { identity }: CredentialDocument, context: ExchangeContext) {
  if (identity.kind !== 'service_account') {
    throw new PaiError(
      'credential_unavailable',
      'the Secret holds no key of a service account any more, and config.selfSignedJwt needs one',
    );
  }
  const claims = { aud: `https://${service}/`, sub: identity.email };
  const { text, expiresAt } = await signJwt(identity, claims, context.now());
  return { secret: context.secrets.derive(`${context.name}/jwt`, text), expiresAt };
}

function offline(name: string): GcpCredentials {
  const stub = new Secret(`${name}/access-token`, `[secret ${name}/access-token]`);
  const source: TokenSource = { get: async () => stub, renew: async () => stub };
  return { sourceFor: () => source, askingSource: () => source, quotaProject: undefined };
}

function wrong(message: string): PaiError {
  return new PaiError('config_invalid', message);
}
