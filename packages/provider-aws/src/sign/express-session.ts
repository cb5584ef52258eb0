import {
  createTokenSource,
  formatAuthority,
  type IssuedToken,
  PaiError,
  type ProviderContext,
  type Secret,
  type TokenSource,
  type UpstreamRequest,
} from '@pai/core';
import type { Endpoint } from '../endpoint.ts';
import { emptyHash } from './hash.ts';
import type { SessionCredentials, Signer } from './signer.ts';

/** Sessions of S3 Express One Zone: credentials that S3 issues for one bucket and five minutes. */
export interface SessionSource {
  /** The session that signs a request; undefined when the signer's own credentials do. Rejects with `credential_unavailable`. */
  sessionFor(
    request: Pick<UpstreamRequest, 'host' | 'port' | 'target'>,
    endpoint: Endpoint,
  ): Promise<SessionCredentials | undefined>;
}

/** What sessions are had with. */
export interface SessionSourceOptions extends Pick<ProviderContext, 'fetch' | 'signal'> {
  readonly signer: Signer;
  /** Conceals what S3 issues, as `SecretReader` does. */
  readonly derive: (name: string, value: string) => Secret;
  /** Buckets whose sessions are kept; the one that was used longest ago goes first. Default 100. */
  readonly mostBuckets?: number;
}

interface Bucket {
  readonly source: TokenSource;
  /** Names what is issued for it, among those of all buckets that are kept. */
  readonly place: number;
  end(): void;
}

/** One session a bucket for all who ask (Amazon S3 API Reference, CreateSession), renewed in the background while it is in use. */
export function createSessionSource(options: SessionSourceOptions): SessionSource {
  const { signal, signer, mostBuckets = 100 } = options;
  const buckets = new Map<string, Bucket>();
  const issued = new WeakMap<Secret, SessionCredentials>();

  const open = (authority: string, endpoint: Endpoint, place: number): Bucket => {
    const controller = new AbortController();
    const source = createTokenSource({
      name: `s3express/${authority}`,
      now: signer.now,
      signal: AbortSignal.any([signal, controller.signal]),
      fetch: async (limit) => {
        const derive: typeof options.derive = (name, value) =>
          options.derive(`s3express/${place}/${name}`, value);
        const created = await createSession({ ...options, derive }, authority, endpoint, limit);
        const { credentials, expiresAt } = created;
        issued.set(credentials.sessionToken, credentials);
        return { secret: credentials.sessionToken, expiresAt } satisfies IssuedToken;
      },
    });
    return { source, place, end: () => controller.abort() };
  };
  const vacate = (): number => {
    const [oldest] = buckets;
    if (oldest === undefined || buckets.size < mostBuckets) return buckets.size;
    const [authority, { place, end }] = oldest;
    buckets.delete(authority);
    end();
    return place;
  };
  const bucketOf = (authority: string, endpoint: Endpoint): Bucket => {
    const bucket = buckets.get(authority) ?? open(authority, endpoint, vacate());
    buckets.delete(authority);
    buckets.set(authority, bucket);
    return bucket;
  };

  return {
    async sessionFor({ host, port, target }, endpoint) {
      if (!isZonal(endpoint) || isCreateSession(target)) return undefined;
      return issued.get(await bucketOf(formatAuthority({ host, port }), endpoint).source.get());
    },
  };
}

/** Hosts of one bucket; those without a bucket manage buckets, with ordinary credentials. */
function isZonal({ signingName, labels, algorithm }: Endpoint): boolean {
  return signingName === 's3express' && algorithm === 'sigv4' && labels.length > 0;
}

function isCreateSession(target: string): boolean {
  const mark = target.indexOf('?');
  return mark !== -1 && new URLSearchParams(`&${target.slice(mark + 1)}`).has('session');
}

async function createSession(
  { fetch, signer, derive }: SessionSourceOptions,
  authority: string,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<{ readonly credentials: SessionCredentials; readonly expiresAt: number }> {
  const ask = async () => {
    const url = new URL(`https://${authority}/?session`);
    const headers = ['x-amz-content-sha256', emptyHash];
    const port = url.port === '' ? 443 : Number(url.port);
    const request = { method: 'GET', host: url.hostname, port, target: '/?session', headers };
    await signer.sign(request, endpoint, emptyHash);
    const fields = new Headers();
    for (let i = 0; i < headers.length; i += 2) fields.append(headers[i] as string, headers[i + 1] as string);
    return fetch(url, { headers: fields, signal });
  };
  const first = await ask();
  const isLate = signer.renew({ status: first.status, headers: [...first.headers].flat() });
  const response = isLate ? await ask() : first;
  const content = await response.text();
  if (response.status !== 200) throw unavailable(`S3 answered ${response.status} ${codeOf(content)}`);
  const [id, key, token, end] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map((name) =>
    elementOf(content, name),
  );
  const expiresAt = Date.parse(end ?? '');
  if (id === undefined || key === undefined || token === undefined || Number.isNaN(expiresAt))
    throw unavailable('S3 answered without credentials');
  return {
    credentials: {
      accessKeyId: id,
      secretAccessKey: derive('secret-access-key', key),
      sessionToken: derive('session-token', token),
    },
    expiresAt,
  };
}

function elementOf(content: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([A-Za-z0-9+/=:._-]+)\\s*</${name}>`).exec(content)?.[1];
}

/** The error code of S3, as far as it can be repeated. */
function codeOf(content: string): string {
  return /<Code>([A-Za-z]{1,64})<\/Code>/.exec(content)?.[1] ?? 'without a code';
}

function unavailable(why: string): PaiError {
  return new PaiError(
    'credential_unavailable',
    `no session for the bucket: ${why}; the credentials need s3express:CreateSession on it`,
  );
}
