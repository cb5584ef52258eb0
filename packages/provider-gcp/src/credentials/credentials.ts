import {
  createTokenSource,
  PaiError,
  type ProviderContext,
  Secret,
  type TokenSource,
  type TokenSourceOptions,
} from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import type { GcpSpec } from '../schema.ts';
import { signJwt } from './assertion.ts';
import type { CredentialDocument } from './document.ts';
import { type AccessBoundaryRule, downscope } from './downscope.ts';
import { type ExchangeContext, issueFor } from './exchange.ts';
import { createGoogleCalls, type Issue } from './google.ts';
import { impersonate } from './impersonate.ts';
import { createDocumentReader } from './stored-document.ts';

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
  const { name, now, isOffline = false } = context;
  const { config = {} } = spec;
  checkConfig(config);
  if (isOffline) return offline(name);
  const read = createDocumentReader(spec.auth.secretKey ?? 'key.json', context);
  const stored = read();
  checkDocument(stored, config, context);
  const { quotaProject } = stored;
  const exchange: ExchangeContext = { ...context, name, now, call: createGoogleCalls(context) };
  const sourceBy = createSources(exchange, context);
  const scopedSource = (service: string, kind: string, issueBy: (context: ExchangeContext) => Issue) => {
    const scopes = config.scopes ?? scopesOf(service);
    return sourceBy([kind, ...scopes].join(' '), kind, (own) => {
      const issue = issueBy(own);
      return (limit) => issue(scopes, limit);
    });
  };
  const whole = (own: ExchangeContext) => issueWith(read, config, own);
  const limited = (own: ExchangeContext) =>
    bucketRules === undefined ? whole(own) : downscope(whole(own), bucketRules, own);
  const storage = 'storage.googleapis.com';
  return {
    sourceFor: ({ service }) => {
      if (service === storage && bucketRules !== undefined)
        return scopedSource(service, 'bucket-token', limited);
      if (config.selfSignedJwt !== true) return scopedSource(service, 'access-token', whole);
      return sourceBy(`jwt ${service}`, 'jwt', (own) => () => signFor(service, read(), own));
    },
    askingSource: () => scopedSource(storage, 'access-token', whole),
    quotaProject,
  };
}

type FetchBy = (own: ExchangeContext) => TokenSourceOptions['fetch'];

/**
 * Agents choose the hosts that they ask, and with them the APIs that JWTs are signed for; each is looked for in every
 * response. Of scopes there are fewer sets.
 */
const mostSources = 100;

interface KeptSource {
  readonly source: TokenSource;
  readonly place: number;
  end(): void;
}

/** One source for each key. The one that was asked longest ago is ended first. */
function createSources(exchange: ExchangeContext, { name, now, signal }: ProviderContext) {
  const sources = new Map<string, KeptSource>();
  const vacate = (): number => {
    const [oldest] = sources;
    if (oldest === undefined || sources.size < mostSources) return sources.size;
    const [key, { place, end }] = oldest;
    sources.delete(key);
    end();
    return place;
  };
  const open = (kind: string, fetchBy: FetchBy): KeptSource => {
    const place = vacate();
    const life = new AbortController();
    const source = createTokenSource({
      name: `${name}/${kind}`,
      now,
      signal: AbortSignal.any([signal, life.signal]),
      // Of each name only the last few tokens are masked: sources that share one would push out tokens that still hold.
      fetch: fetchBy({ ...exchange, name: `${name}/${place}` }),
    });
    return { source, place, end: () => life.abort() };
  };
  return (key: string, kind: string, fetchBy: FetchBy): TokenSource => {
    const found = sources.get(key) ?? open(kind, fetchBy);
    sources.delete(key);
    sources.set(key, found);
    return found.source;
  };
}

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
