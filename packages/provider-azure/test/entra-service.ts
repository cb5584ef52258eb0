import { createPublicKey, type KeyObject } from 'node:crypto';
import { PaiError, type ProviderContext, Secret, type SecretReader } from '@pai/core';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { onTestFinished } from 'vitest';

export const tenantId = '11111111-2222-4333-8444-555555555555';

/** What the Secret of the tests holds, each value recognisable. */
export const stored = {
  client_id: 'canary-client-id-0001',
  client_secret: 'canaryClientSecret~abcdefghijklmnop',
} as const;

/** A request for a token that was understood. */
export interface TokenAsked {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
}

/** Entra ID and the metadata service, by their documents: they know one application, and issue tokens by number. */
export interface EntraService {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: readonly TokenAsked[];
  /** Milliseconds since the epoch, here. */
  now: number;
  /** Seconds that tokens last. */
  life: number;
  /** The secret that the application has now. */
  secret: string;
  /** The key of the application's certificate, and its thumbprint. */
  certificate: { readonly key: KeyObject; readonly thumbprint: string } | undefined;
  /** The one federated token that fits. */
  federated: string | undefined;
  /** Answers the next calls with this instead. */
  answer: { readonly status: number; readonly body: string } | undefined;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Makes one for a test. */
export function createEntraService(): EntraService {
  const asked: TokenAsked[] = [];
  const service: EntraService = {
    asked,
    now: Date.UTC(2026, 0, 1),
    life: 3_599,
    secret: stored.client_secret,
    certificate: undefined,
    federated: undefined,
    answer: undefined,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const isMetadata = url.host === '169.254.169.254';
      const form = Object.fromEntries(
        isMetadata ? url.searchParams : new URLSearchParams(await request.text()),
      );
      asked.push({ url: request.url, form });
      const { answer } = service;
      if (answer !== undefined) return new Response(answer.body, { status: answer.status });
      if (isMetadata) return issueFromMachine(request, form, service);
      const problem = await problemOf(form, request.url, service);
      if (problem !== undefined) return refuse(problem);
      return json(200, {
        token_type: 'Bearer',
        expires_in: service.life,
        ext_expires_in: service.life,
        access_token: tokenOf(form['scope'] ?? '', asked.length),
      });
    },
  };
  return service;
}

/** What the service issues for a scope, as its call number `count`. */
export function tokenOf(scope: string, count: number): string {
  return `canaryAccessToken.${Buffer.from(scope).toString('base64url')}.${count}`;
}

function issueFromMachine(request: Request, form: TokenAsked['form'], { life, now, asked }: EntraService) {
  if (request.headers.get('metadata') !== 'true') return json(400, { error: 'invalid_request' });
  const end = Math.floor(now / 1_000) + life;
  return json(200, {
    access_token: tokenOf(form['resource'] ?? '', asked.length),
    client_id: form['client_id'] ?? 'system',
    expires_in: String(life),
    expires_on: String(end),
    not_before: String(end - life),
    resource: form['resource'],
    token_type: 'Bearer',
  });
}

async function problemOf(
  form: TokenAsked['form'],
  endpoint: string,
  { secret, certificate, federated, now }: EntraService,
): Promise<number | undefined> {
  if (endpoint !== `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`) return 90_002;
  if (form['grant_type'] !== 'client_credentials') return 70_003;
  if (form['client_id'] !== stored.client_id) return 700_016;
  if (!/^https:\/\/[a-z.]+\/\.default$/.test(form['scope'] ?? '')) return 70_011;
  if (form['client_secret'] !== undefined) return form['client_secret'] === secret ? undefined : 7_000_215;
  const assertion = form['client_assertion'] ?? '';
  if (form['client_assertion_type'] !== assertionType) return 7_000_218;
  if (assertion === federated) return undefined;
  if (certificate === undefined) return 70_021;
  const { key, thumbprint } = certificate;
  if (decodeProtectedHeader(assertion)['x5t#S256'] !== thumbprint) return 700_027;
  try {
    await jwtVerify(assertion, createPublicKey(key), {
      algorithms: ['PS256', 'RS256'],
      audience: endpoint,
      issuer: stored.client_id,
      subject: stored.client_id,
      currentDate: new Date(now),
      requiredClaims: ['jti', 'nbf', 'exp'],
    });
    return undefined;
  } catch {
    return 700_027;
  }
}

function refuse(code: number): Response {
  return json(code === 7_000_215 ? 401 : 400, {
    error: 'invalid_client',
    error_description: `AADSTS${code}: what Entra ID says of ${stored.client_secret}`,
    error_codes: [code],
  });
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status });
}

/** What a plugin is handed, and what was concealed of what it made. */
export function contextFor(
  service: EntraService,
  secrets: Readonly<Record<string, string>> = stored,
): ProviderContext & { readonly derived: readonly string[] } {
  const life = new AbortController();
  onTestFinished(() => life.abort());
  const derived: string[] = [];
  return {
    name: 'azure-prod',
    secrets: readerOf(secrets, derived),
    fetch: service.fetch,
    signal: life.signal,
    now: () => service.now,
    log: () => {},
    derived,
  };
}

/** Reads `secrets` as they are at the time. */
function readerOf(secrets: Readonly<Record<string, string>>, derived: string[]): SecretReader {
  return {
    read: (key, options) => {
      const value = secrets[key];
      if (value === undefined) throw new PaiError('secret_missing', `secret azure-app has no key ${key}`);
      return new Secret(`azure-app/${key}`, value, options);
    },
    derive: (name, value) => {
      derived.push(value);
      return new Secret(name, value);
    },
  };
}
