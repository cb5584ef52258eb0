import { Buffer } from 'node:buffer';
import { getEventListeners } from 'node:events';
import { createRedactor, getHeader, type Outcome, Secret, type SecretReader } from '@pai/core';
import { expect, test } from 'vitest';
import {
  claimsOf,
  contextFor,
  createGoogle,
  email,
  isSigned,
  keyDocument,
  keys,
  otherKeys,
} from './google.ts';
import { type SpecParts, start } from './provider.ts';

const topic = 'https://pubsub.googleapis.com/v1/projects/my-project/topics/t';
const everything = { policy: { allow: ['*'] } };
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';
const deployer = 'deployer@my-project.iam.gserviceaccount.com';

function bearerOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'respond') throw new Error(String(outcome.response.body));
  return getHeader(outcome.request.headers, 'authorization')?.replace('Bearer ', '');
}

async function refusalOf(outcome: Outcome): Promise<string> {
  if (outcome.kind === 'forward') throw new Error('it is sent');
  return outcome.event.reason ?? '';
}

test('exchanges an assertion that the key signed for a token, once for 50 requests at once', async () => {
  const { google, judge } = start();
  const bearers = await Promise.all(
    Array.from({ length: 50 }, async () => bearerOf(await judge({ url: topic }))),
  );
  expect(new Set(bearers)).toEqual(new Set(['ya29.canary-token-1']));
  expect(google.asked).toHaveLength(1);
  const { claims, form } = google.asked[0] ?? {};
  expect(form?.['grant_type']).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  expect(claims).toMatchObject({
    iss: email,
    scope: cloudPlatform,
    aud: 'https://oauth2.googleapis.com/token',
  });
});

test.each([
  ['a bearer token', { authorization: 'Bearer ya29.agents' }],
  ['an API key', { 'x-goog-api-key': 'AIza-agents' }],
])('replaces %s of the agent (K4)', async (_, headers) => {
  const { judge } = start();
  const url = `${topic}?access_token=ya29.agents&key=AIza-agents&oauth_token=a&fields=name`;
  const outcome = await judge({ url, headers });
  if (outcome.kind === 'respond') throw new Error(String(outcome.response.body));
  expect(outcome.request.target).toBe('/v1/projects/my-project/topics/t?fields=name');
  expect(getHeader(outcome.request.headers, 'authorization')).toBe('Bearer ya29.canary-token-1');
  expect(JSON.stringify(outcome.request.headers)).not.toMatch(/agents/);
});

test('asks for the scopes of config.scopes', async () => {
  const scopes = ['https://www.googleapis.com/auth/pubsub'];
  const { google, judge } = start({ ...everything, config: { scopes } });
  await judge({ url: topic });
  expect(google.asked[0]?.claims['scope']).toBe(scopes[0]);
});

test('signs its own JWT for each API with config.selfSignedJwt, and asks nobody', async () => {
  const { google, judge } = start({ ...everything, config: { selfSignedJwt: true } });
  const jwt = bearerOf(await judge({ url: topic })) ?? '';
  expect(isSigned(jwt)).toBe(true);
  expect(claimsOf(jwt)).toMatchObject({ iss: email, sub: email, aud: 'https://pubsub.googleapis.com/' });
  expect(bearerOf(await judge({ url: topic }))).toBe(jwt);
  const other =
    bearerOf(await judge({ url: 'https://logging.googleapis.com/v2/projects/my-project/logs' })) ?? '';
  expect(claimsOf(other)).toMatchObject({ aud: 'https://logging.googleapis.com/' });
  expect(google.asked).toHaveLength(0);
});

test('keeps nothing of the APIs that were asked long ago, however many an agent names', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const { judge } = start({ ...everything, config: { selfSignedJwt: true } }, undefined, { signal });
  for (let i = 0; i < 130; i += 1) {
    const url = `https://a${i}.googleapis.com/v1/a`;
    expect(claimsOf(bearerOf(await judge({ url })) ?? '')['aud']).toBe(`https://a${i}.googleapis.com/`);
  }
  expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(100);
});

test('impersonates a service account through its delegates', async () => {
  const delegates = ['middle@my-project.iam.gserviceaccount.com'];
  const { google, judge } = start({ ...everything, config: { impersonate: deployer, delegates } });
  expect(bearerOf(await judge({ url: topic }))).toBe('ya29.canary-token-2');
  expect(google.asked[1]).toMatchObject({
    url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${deployer}:generateAccessToken`,
    authorization: 'Bearer ya29.canary-token-1',
    json: { scope: [cloudPlatform], delegates: [`projects/-/serviceAccounts/${delegates[0]}`] },
  });
});

const external = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
};
const impersonationUrl = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${deployer}:generateAccessToken`;

test('exchanges the token of another identity provider, and reads it again for each token', async () => {
  let subject = 'canary-subject-token\n';
  const stored = { 'key.json': JSON.stringify(external), subject_token: () => subject };
  const { google, judge } = start(everything, stored);
  expect(bearerOf(await judge({ url: topic }))).toBe('ya29.canary-token-1');
  expect(google.asked[0]?.form).toMatchObject({
    audience: external.audience,
    scope: cloudPlatform,
    subject_token: 'canary-subject-token',
    subject_token_type: external.subject_token_type,
  });
  subject = 'canary-second-token';
  google.known.subjectToken = subject;
  google.time = { here: google.time.here + 3_600_000, there: google.time.there + 3_600_000 };
  expect(bearerOf(await judge({ url: topic }))).toBe('ya29.canary-token-2');
});

test.each([
  ['external_account', { ...external, service_account_impersonation_url: impersonationUrl }],
  [
    'impersonated_service_account',
    {
      type: 'impersonated_service_account',
      service_account_impersonation_url: impersonationUrl,
      source_credentials: {
        type: 'authorized_user',
        client_id: 'c',
        client_secret: 's',
        refresh_token: 'canary-refresh-token',
      },
    },
  ],
])('impersonates whom the document of an %s names', async (_, document) => {
  const stored = { 'key.json': JSON.stringify(document), subject_token: 'canary-subject-token' };
  const { google, judge } = start(everything, stored);
  expect(bearerOf(await judge({ url: topic }))).toBe('ya29.canary-token-2');
  expect(google.asked[1]?.url).toBe(impersonationUrl);
});

test('acts as a user, and lets the project pay that the document names', async () => {
  const document = {
    type: 'authorized_user',
    client_id: 'c',
    client_secret: 's',
    refresh_token: 'canary-refresh-token',
    quota_project_id: 'paying-project',
  };
  const { judge } = start(everything, { 'key.json': JSON.stringify(document) });
  const outcome = await judge({ url: topic });
  expect(bearerOf(outcome)).toBe('ya29.canary-token-1');
  if (outcome.kind === 'forward') {
    expect(getHeader(outcome.request.headers, 'x-goog-user-project')).toBe('paying-project');
  }
});

test('gets another token after a 401, once, and after UNAUTHENTICATED in gRPC', async () => {
  const { google, judge } = start();
  const outcome = await judge({ url: topic });
  if (outcome.kind === 'respond') throw new Error('it is answered');
  expect(outcome.renew?.({ status: 403, headers: [] })).toBeUndefined();
  const again = await outcome.renew?.({ status: 401, headers: [] });
  expect(getHeader(again?.headers ?? [], 'authorization')).toBe('Bearer ya29.canary-token-2');
  expect(await outcome.renew?.({ status: 200, headers: ['grpc-status', '16'] })).toBeDefined();
  expect(google.asked).toHaveLength(2);
});

test('takes the key that is there when a token is due', async () => {
  let key = keyDocument({}, otherKeys);
  const { google, judge } = start(everything, { 'key.json': () => key });
  expect(await refusalOf(await judge({ url: topic }))).toMatch(/private key in the Secret is no key/);
  key = keyDocument();
  google.time = { here: google.time.here + 2_000, there: google.time.there + 2_000 };
  expect(bearerOf(await judge({ url: topic }))).toBe('ya29.canary-token-2');
});

test.each([
  [
    { error: 'invalid_grant', error_description: 'Invalid grant: account not found' },
    /account is disabled or gone/,
  ],
  [
    { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    /expired or was revoked/,
  ],
  [{ error: 'invalid_scope', error_description: 'canary-token' }, /correct config\.scopes/],
  [{ error: { status: 'PERMISSION_DENIED', message: 'canary-token' } }, /serviceAccountTokenCreator/],
  ['canary-token', /look at the credential/],
  [{ error: '<script>canary-token' }, /look at the credential/],
])('explains the refusal %j, and repeats nothing of it', async (body, expected) => {
  const { google, judge } = start();
  google.fail = { status: 400, body };
  const outcome = await judge({ url: topic });
  expect(await refusalOf(outcome)).toMatch(expected);
  expect(JSON.stringify(outcome)).not.toContain('canary-token');
});

test('says that the clock is wrong when Google does', async () => {
  const { google, judge } = start();
  google.time.there += 7_200_000;
  expect(await refusalOf(await judge({ url: topic }))).toMatch(
    /invalid_grant status 400: the clock here is wrong/,
  );
});

test.each([
  ['no JSON', 'key', /is no JSON object/],
  ['another type', keyDocument({ type: 'gdch_service_account' }), /has a type that is not known here/],
  ['no key', keyDocument({ private_key: undefined }), /has no private_key/],
  [
    'a damaged key',
    keyDocument({ private_key: '-----BEGIN PRIVATE KEY-----\ncanary\n' }),
    /no RSA key in PEM/,
  ],
  [
    'an address of somebody else',
    keyDocument({ token_uri: 'https://evil.example/token' }),
    /token_uri that is not Google's/,
  ],
  ['another universe', keyDocument({ universe_domain: 'evil.example' }), /universe_domain that is not/],
  [
    'an exchange with somebody else',
    JSON.stringify({ ...external, token_url: 'https://evil.example' }),
    /token_url/,
  ],
  [
    'an impersonation by somebody else',
    JSON.stringify({
      ...external,
      service_account_impersonation_url: 'https://evil.example/a:generateAccessToken',
    }),
    /no address of iamcredentials/,
  ],
])('refuses a Secret with %s, and shows nothing of it', (_, document, expected) => {
  const stored = { 'key.json': document, subject_token: 't' };
  const refusal = expect.objectContaining({
    code: 'secret_invalid',
    message: expect.stringMatching(expected),
  });
  expect(() => start(everything, stored)).toThrow(refusal);
  expect(() => start(everything, stored)).not.toThrow(/canary|evil/);
});

test.each<[NonNullable<SpecParts['config']>, string, RegExp]>([
  [{ delegates: [deployer] }, keyDocument(), /config\.delegates/],
  [{ selfSignedJwt: true, impersonate: deployer }, keyDocument(), /config\.selfSignedJwt/],
  [{ selfSignedJwt: true, scopes: ['https://a'] }, keyDocument(), /config\.selfSignedJwt/],
  [{ selfSignedJwt: true }, JSON.stringify(external), /config\.selfSignedJwt: the Secret holds no key/],
])('says of %j that it does not go together', (config, document, expected) => {
  const stored = { 'key.json': document, subject_token: 't' };
  const wrong = expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(expected) });
  expect(() => start({ config }, stored)).toThrow(wrong);
});

test('asks for the subject token of an external account when the Provider is made', () => {
  expect(() => start(everything, { 'key.json': JSON.stringify(external) })).toThrow(
    /has no key subject_token/,
  );
});

test('reads no Secret and fetches nothing where nothing can be fetched', async () => {
  const { judge, google } = start(
    everything,
    { 'key.json': '[secret gcp-creds/key.json]' },
    { isOffline: true },
  );
  expect(bearerOf(await judge({ url: topic }))).toBe('[secret gcp-prod/access-token]');
  expect(google.asked).toHaveLength(0);
});

test.each([
  'https://storage.googleapis.com.evil.example/b/o',
  'https://evilgoogleapis.com/v1/projects/p/topics/t',
  'https://googleapis.com/x',
])('puts no credential on a request to %s, whatever the policy says', async (url) => {
  const { provider, google } = start();
  const { host } = new URL(url);
  const request = { method: 'GET', host, port: 443, target: '/', headers: [] as string[], body: {} as never };
  await expect(provider.inject(request)).rejects.toMatchObject({ code: 'destination_forbidden' });
  expect(request.headers).toEqual([]);
  expect(google.asked).toHaveLength(0);
});

test('renews tokens of seconds under load, without a request that waits for each', async () => {
  const google = createGoogle(Date.now());
  google.life = 1;
  const { judge } = start(everything, { 'key.json': keyDocument() }, { fetch: google.fetch, now: Date.now });
  Object.defineProperty(google, 'time', { get: () => ({ here: Date.now(), there: Date.now() }) });
  const seen = new Set<string | undefined>();
  for (const end = Date.now() + 2_500; Date.now() < end; ) {
    for (const outcome of await Promise.all(Array.from({ length: 20 }, () => judge({ url: topic })))) {
      seen.add(bearerOf(outcome));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(seen.size).toBeGreaterThanOrEqual(3);
  expect(google.asked.length).toBeLessThanOrEqual(6);
});

test('keeps the key out of what it sends', async () => {
  const { google, judge } = start();
  await judge({ url: topic });
  const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const middle = Buffer.from(pem.split('\n')[3] ?? '').toString();
  expect(JSON.stringify(google.asked)).not.toContain(middle);
});

test('makes no token under the name of another that still holds, so that all of them are masked', async () => {
  const names = new Map<string, string>();
  const derive = (name: string, value: string) => {
    names.set(value, name);
    return new Secret(name, value);
  };
  const nameOfBearer = async (host: string, parts: SpecParts) => {
    const { secrets } = contextFor(createGoogle());
    const { judge } = start(parts, undefined, { secrets: { ...secrets, derive } });
    const first = bearerOf(await judge({ url: topic })) ?? '';
    const second = bearerOf(await judge({ url: `https://${host}.googleapis.com/v1/a` })) ?? '';
    return [names.get(first), names.get(second)];
  };
  for (const config of [{}, { selfSignedJwt: true }, { impersonate: deployer }]) {
    const [first, second] = await nameOfBearer('gmail', { ...everything, config });
    expect(first).toBeDefined();
    expect(second).not.toBe(first);
  }
});

test.each([
  ['a key', keyDocument({ note: 'é' }), [email], ['private_key']],
  [
    'a user',
    JSON.stringify({
      type: 'authorized_user',
      client_id: '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
      client_secret: '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789',
      refresh_token: '1//0canary-refresh-token-0123456789',
    }),
    ['764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com'],
    ['client_secret', 'refresh_token'],
  ],
])(
  'looks in responses for what is secret in the document of %s, and for no name in it',
  (_, text, shown, hidden) => {
    const known: Secret[] = [];
    const track = (secret: Secret, isTracked = true) => {
      if (isTracked) known.push(secret);
      return secret;
    };
    const { secrets } = contextFor(createGoogle(), { 'key.json': text });
    const reader: SecretReader = {
      read: (key, options) => track(secrets.read(key, options), options?.isIdentifier !== true),
      derive: (name, value) => track(secrets.derive(name, value)),
    };
    start(everything, undefined, { secrets: reader });
    const content = createRedactor(() => known).content();
    const masked = content.push(Buffer.from(text)).toString() + content.end().toString();
    for (const name of shown) expect(masked).toContain(name);
    const members = JSON.parse(text) as Record<string, string>;
    for (const member of hidden)
      for (const line of members[member]?.split('\n').filter(({ length }) => length >= 32) ?? [])
        expect(masked).not.toContain(line);
    expect(content.count()).toBeGreaterThanOrEqual(hidden.length);
  },
);
