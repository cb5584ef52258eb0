import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { PaiError, type ProviderContext, Secret, type SecretReader } from '@pai/core';

/** The key of the service account that the tests' Secret holds, and of one that Google does not know. */
export const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2_048 });

export const email = 'agent@my-project.iam.gserviceaccount.com';

/** The JSON that Google gives for a key. */
export function keyDocument(changed: object = {}, { privateKey } = keys): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'my-project',
    private_key_id: 'canary-key-id',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    token_uri: 'https://oauth2.googleapis.com/token',
    ...changed,
  });
}

/** A call that Google got. */
export interface GoogleAsked {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly json: Readonly<Record<string, unknown>>;
  readonly authorization: string | null;
  /** Of the assertion. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Google's token endpoints, by their references: they verify what is asked with, and issue numbered tokens. */
export interface GoogleService {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: readonly GoogleAsked[];
  /** Milliseconds since the epoch, here and there. */
  time: { here: number; there: number };
  /** Seconds that tokens last. */
  life: number;
  /** Answers the next calls with this instead. */
  fail: { status: number; body: unknown } | undefined;
  /** What external accounts and users have to show. */
  readonly known: { subjectToken: string; refreshToken: string };
}

/** Makes them for a test. */
export function createGoogle(start: number = Date.UTC(2026, 0, 1)): GoogleService {
  const asked: GoogleAsked[] = [];
  const issued = new Set<string>();
  const google: GoogleService = {
    asked,
    time: { here: start, there: start },
    life: 3_599,
    fail: undefined,
    known: { subjectToken: 'canary-subject-token', refreshToken: 'canary-refresh-token' },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const call = await readCall(request);
      asked.push(call);
      if (google.fail !== undefined) return Response.json(google.fail.body, { status: google.fail.status });
      const refusal = judge(google, call, issued);
      if (refusal !== undefined) return Response.json(refusal, { status: 400 });
      const token = `ya29.canary-token-${asked.length}`;
      issued.add(token);
      return Response.json(answerTo(google, call, token));
    },
  };
  return google;
}

async function readCall(request: Request): Promise<GoogleAsked> {
  const text = await request.text();
  const isForm = request.headers.get('content-type') === 'application/x-www-form-urlencoded';
  const form = isForm ? Object.fromEntries(new URLSearchParams(text)) : {};
  const json = isForm ? {} : (JSON.parse(text) as Record<string, unknown>);
  return {
    url: request.url,
    form,
    json,
    authorization: request.headers.get('authorization'),
    claims: claimsOf(form['assertion'] ?? ''),
  };
}

/** The claims of a JWT. */
export function claimsOf(jwt: string): Record<string, unknown> {
  const [, claims = ''] = jwt.split('.');
  return claims === '' ? {} : JSON.parse(Buffer.from(claims, 'base64url').toString());
}

function judge(
  google: GoogleService,
  { url, form, authorization, claims }: GoogleAsked,
  issued: Set<string>,
) {
  const invalid = (error_description: string) => ({ error: 'invalid_grant', error_description });
  switch (url) {
    case 'https://oauth2.googleapis.com/token':
      if (form['grant_type'] === 'refresh_token') {
        return form['refresh_token'] === google.known.refreshToken ? undefined : invalid('Bad Request');
      }
      if (!isSigned(form['assertion'] ?? '')) return invalid('Invalid JWT Signature.');
      return isTimely(claims, google.time.there) && claims['iss'] === email && claims['aud'] === url
        ? undefined
        : invalid(
            'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
          );
    case 'https://sts.googleapis.com/v1/token':
      return form['subject_token'] === google.known.subjectToken || issued.has(form['subject_token'] ?? '')
        ? undefined
        : invalid('The subject token is not known.');
    default:
      return issued.has(authorization?.replace('Bearer ', '') ?? '')
        ? undefined
        : { error: { code: 401, status: 'UNAUTHENTICATED', message: 'no' } };
  }
}

/** RS256 by the public key of the account, by the platform's own cryptography. */
export function isSigned(jwt: string, key = keys.publicKey): boolean {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString() || '{}');
  const isRight = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(key.export({ type: 'spki', format: 'pem' })),
    Buffer.from(signature, 'base64url'),
  );
  return alg === 'RS256' && isRight;
}

function isTimely({ iat, exp }: Readonly<Record<string, unknown>>, now: number): boolean {
  const seconds = now / 1_000;
  return Number(iat) <= seconds + 60 && Number(exp) > seconds && Number(exp) - Number(iat) <= 3_600;
}

function answerTo({ life, time }: GoogleService, { url }: GoogleAsked, token: string): object {
  if (url.includes(':generateAccessToken')) {
    return { accessToken: token, expireTime: new Date(time.there + life * 1_000).toISOString() };
  }
  return { access_token: token, expires_in: life, token_type: 'Bearer' };
}

/** What a plugin is handed, with the values of `stored` as its Secret; a function is asked again at each reading. */
export function contextFor(
  google: GoogleService,
  stored: Readonly<Record<string, string | (() => string)>> = { 'key.json': keyDocument() },
): ProviderContext {
  return {
    name: 'gcp-prod',
    secrets: readerOf(stored),
    fetch: google.fetch,
    signal: new AbortController().signal,
    now: () => google.time.here,
    log: () => {},
  };
}

function readerOf(stored: Readonly<Record<string, string | (() => string)>>): SecretReader {
  return {
    read: (key, options) => {
      const value = stored[key];
      if (value === undefined) throw new PaiError('secret_missing', `secret gcp-creds has no key ${key}`);
      return new Secret(`gcp-creds/${key}`, typeof value === 'function' ? value() : value, options);
    },
    derive: (name, value) => new Secret(name, value),
  };
}
