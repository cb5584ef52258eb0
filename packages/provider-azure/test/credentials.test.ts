import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { getHeader, isPaiError } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { azure } from '../src/index.ts';
import { specOf, start } from './azure.ts';
import { contextFor, createEntraService, stored, tenantId, tokenOf } from './entra-service.ts';
import { pem } from './keys.ts';

const vault = 'https://v.vault.azure.net/secrets/s';
const blob = { url: 'https://acct.blob.core.windows.net/c/b', headers: { 'x-ms-version': '2023-11-03' } };
const storageScope = 'https://storage.azure.com/.default';
const { client_secret: _secret, ...bare } = stored;

type Started = ReturnType<typeof start>;

/** What goes up in `Authorization`, or the sentence of a refusal. */
async function sent({ judge }: Started, request: Parameters<Started['judge']>[0]) {
  const outcome = await judge(request);
  if (outcome.kind === 'forward') return getHeader(outcome.request.headers, 'authorization');
  return outcome.event.reason;
}

describe('a token', () => {
  test('is asked for as Entra ID documents it, once for each audience', async () => {
    const started = start();
    expect(await sent(started, blob)).toBe(`Bearer ${tokenOf(storageScope, 1)}`);
    expect(await sent(started, { url: vault })).toBe(
      `Bearer ${tokenOf('https://vault.azure.net/.default', 2)}`,
    );
    expect(await sent(started, blob)).toBe(`Bearer ${tokenOf(storageScope, 1)}`);
    expect(started.entra.asked[0]).toEqual({
      url: `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`,
      form: { grant_type: 'client_credentials', scope: storageScope, ...stored },
    });
    expect(started.derived).toEqual([
      tokenOf(storageScope, 1),
      tokenOf('https://vault.azure.net/.default', 2),
    ]);
  });

  test('is fetched once for 50 first requests, and once for each audience (R10)', async () => {
    const started = start();
    const requests = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? blob : { url: vault }));
    const tokens = await Promise.all(requests.map((request) => sent(started, request)));
    expect(new Set(tokens).size).toBe(2);
    expect(started.entra.asked).toHaveLength(2);
  });

  test('that lasts seconds is renewed under load, and is never one that is over', async () => {
    const started = start();
    const { entra } = started;
    entra.life = 4;
    const issuedAt: number[] = [];
    for (let step = 0; step < 60; step += 1) {
      const tokens = await Promise.all(Array.from({ length: 10 }, () => sent(started, blob)));
      while (issuedAt.length < entra.asked.length) issuedAt.push(entra.now);
      for (const token of tokens) {
        const number = Number(/\.(\d+)$/.exec(token ?? '')?.[1]);
        expect(issuedAt[number - 1], token).toBeGreaterThan(entra.now - 4_000);
      }
      entra.now += 500;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(entra.asked.length).toBeGreaterThan(6);
    expect(entra.asked.length).toBeLessThan(20);
  });

  test('that the service refuses is replaced once', async () => {
    const { judge, entra } = start();
    const outcome = await judge({ url: vault });
    if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
    expect(outcome.renew?.({ status: 403, headers: [] })).toBeUndefined();
    const again = await outcome.renew?.({ status: 401, headers: [] });
    expect(getHeader(again?.headers ?? [], 'authorization')).toMatch(/\.2$/);
    expect(await outcome.renew?.({ status: 401, headers: [] })).toBeDefined();
    const other = await judge({ url: vault });
    if (other.kind !== 'forward') throw new Error(other.event.reason);
    expect(await other.renew?.({ status: 401, headers: [] })).toBeUndefined();
    expect(entra.asked).toHaveLength(2);
  });

  test.each([
    [
      'usgov',
      'https://a.vault.usgovcloudapi.net/keys',
      'login.microsoftonline.us',
      'https://vault.usgovcloudapi.net/.default',
    ],
    [
      'china',
      'https://management.chinacloudapi.cn/subscriptions',
      'login.chinacloudapi.cn',
      'https://management.chinacloudapi.cn/.default',
    ],
  ] as const)('of the cloud %s comes from there', async (cloud, url, authority, scope) => {
    const started = start({ config: { cloud }, policy: { allow: ['*'] } });
    await sent(started, { url });
    expect(started.entra.asked[0]).toMatchObject({
      url: `https://${authority}/${tenantId}/oauth2/v2.0/token`,
      form: { scope },
    });
    expect(azure.tokenHosts?.(specOf({ config: { cloud } }))).toEqual([{ host: authority }]);
  });
});

describe('an application', () => {
  const certificate = {
    key: createPrivateKey(pem('client')),
    thumbprint: createHash('sha256')
      .update(new X509Certificate(pem('client')).raw)
      .digest('base64url'),
  };

  test('proves itself with a certificate, whose key never leaves', async () => {
    const started = start(undefined, { ...bare, client_certificate: pem('client') });
    Object.assign(started.entra, { certificate });
    expect(await sent(started, blob)).toBe(`Bearer ${tokenOf(storageScope, 1)}`);
    const { form } = started.entra.asked[0] ?? {};
    expect(Object.keys(form ?? {})).toEqual([
      'grant_type',
      'scope',
      'client_id',
      'client_assertion_type',
      'client_assertion',
    ]);
    expect(started.derived).toContain(form?.['client_assertion']);
  });

  test('proves itself with a federated token as it is at the time', async () => {
    const secrets: Record<string, string> = { ...bare, federated_token: 'canaryProjected.1' };
    const started = start(undefined, secrets);
    started.entra.federated = 'canaryProjected.1';
    expect(await sent(started, blob)).toContain('Bearer ');
    secrets['federated_token'] = 'canaryProjected.2';
    started.entra.federated = 'canaryProjected.2';
    expect(await sent(started, { url: vault })).toContain('Bearer ');
    expect(started.entra.asked.map(({ form }) => form['client_assertion'])).toEqual([
      'canaryProjected.1',
      'canaryProjected.2',
    ]);
  });

  test('with another secret in the store gets its next token with that', async () => {
    const entra = createEntraService();
    entra.secret = 'canaryRotated~1';
    const before = azure.create(specOf(), contextFor(entra));
    const after = azure.create(specOf(), contextFor(entra, { ...stored, client_secret: 'canaryRotated~1' }));
    const upstream = () => {
      const { method, host, port, target, headers, body } = requestFor({ url: vault });
      return { method, host, port, target, headers: [...headers], body };
    };
    await expect(before.inject(upstream())).rejects.toMatchObject({ code: 'credential_unavailable' });
    await expect(after.inject(upstream())).resolves.toBeUndefined();
  });

  test.each([
    [{ client_id: stored.client_id }, 'secret_missing', /no key client_secret/],
    [{ client_secret: 'x' }, 'secret_missing', /no key client_id/],
    [{ ...stored, client_id: 'https://portal.azure.com' }, 'secret_invalid', /client_id is no application/],
    [{ ...stored, federated_token: 'x' }, 'secret_invalid', /client_secret stands beside federated_token/],
    [{ ...bare, client_certificate: pem('elliptic') }, 'secret_invalid', /no RSA key/],
    [{ ...bare, client_certificate: pem('strangers') }, 'secret_invalid', /no certificate that fits/],
    [
      { ...bare, client_certificate: certificate.key.export({ type: 'pkcs8', format: 'pem' }).toString() },
      'secret_invalid',
      /has no certificate/,
    ],
    [{ ...bare, client_certificate: 'x' }, 'secret_invalid', /not exactly one private key/],
  ])('with %j is told at once what is wrong', (secrets, code, message) => {
    expect(() => start(undefined, secrets as Record<string, string>)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('without a tenant is told so', () => {
    expect(() => azure.create({ ...specOf(), config: {} }, contextFor(createEntraService()))).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(/^config\.tenantId: /),
      }),
    );
  });
});

describe('a refusal of Entra ID', () => {
  test.each([
    [
      400,
      { error: 'unauthorized_client', error_codes: [700_016] },
      /AADSTS700016 \(status 400\): the tenant has no such application/,
    ],
    [
      401,
      { error: 'invalid_client', error_codes: [7_000_215] },
      /AADSTS7000215 .* store the value of a client secret, not its id/,
    ],
    [401, { error: 'invalid_client', error_description: 'AADSTS7000222: x' }, /AADSTS7000222 .* has ended/],
    [400, { error: 'invalid_grant', error_codes: [99_999] }, /AADSTS99999 .* look at config\.tenantId/],
    [400, { error: 'invalid_scope' }, /invalid_scope \(status 400\)/],
    [503, 'busy', /no code \(status 503\): try again later/],
    [200, 'nothing', /with no token in it/],
    [200, { token_type: 'Bearer', access_token: 'x' }, /with no token in it/],
    [200, { token_type: 'mac', access_token: 'x', expires_in: 60 }, /with no token in it/],
    [200, { token_type: 'Bearer', access_token: 'x', expires_in: 0 }, /no time left/],
  ])('with %i and %j is told with its remedy, and in our words', async (status, body, message) => {
    const started = start();
    const extra = typeof body === 'object' && status !== 200 ? { detail: stored.client_secret } : {};
    const text = typeof body === 'string' ? body : JSON.stringify({ ...body, ...extra });
    started.entra.answer = { status, body: text };
    const { event } = await started.judge({ url: vault });
    expect(event).toMatchObject({ decision: 'refuse', error: 'credential_unavailable' });
    expect(event.reason).toMatch(message);
    expect(event.reason).not.toContain(stored.client_secret);
  });
});

describe('a managed identity', () => {
  const clientId = '99999999-8888-4777-8666-555555555555';
  const auth = { type: 'azure-managed-identity' } as const;

  test.each([
    [{ auth }, {}],
    [{ auth: { ...auth, clientId } }, { client_id: clientId }],
  ])('with %j gets its token from the machine, without a Secret', async (parts, more) => {
    const started = start({ ...parts, policy: { allow: ['*'] } }, {});
    expect(await sent(started, blob)).toBe(`Bearer ${tokenOf('https://storage.azure.com', 1)}`);
    expect(started.entra.asked[0]).toMatchObject({
      url: expect.stringMatching(/^http:\/\/169\.254\.169\.254\/metadata\/identity\/oauth2\/token\?/),
      form: { 'api-version': '2018-02-01', resource: 'https://storage.azure.com', ...more },
    });
    expect(azure.tokenHosts?.(specOf(parts))).toEqual([
      { host: '169.254.169.254', port: 80, isMetadata: true },
    ]);
  });

  test.each([
    [400, '{}', /status 400: the machine may not have an identity, or has several/],
    [429, '', /status 429: try again later/],
    [200, '<html>', /with no token in it/],
  ])('whose machine says %i %j is told so', async (status, body, message) => {
    const started = start({ auth, policy: { allow: ['*'] } }, {});
    started.entra.answer = { status, body };
    expect(await sent(started, blob)).toMatch(message);
  });

  test('is not asked for where nothing will be sent', async () => {
    const started = start({ auth, policy: { allow: ['*'] } }, {}, { isOffline: true });
    expect(await sent(started, blob)).toBe('Bearer [secret azure-prod/token]');
    expect(started.entra.asked).toEqual([]);
  });
});

test('a failure of the sidecar to reach Entra ID is told as it is', async () => {
  const started = start(undefined, stored, { fetch: () => Promise.reject(new Error('canary detail')) });
  const reason = await sent(started, blob);
  expect(reason).toMatch(/the token azure-prod\/token for https:\/\/storage\.azure\.com cannot be had/);
  expect(isPaiError(reason)).toBe(false);
});
