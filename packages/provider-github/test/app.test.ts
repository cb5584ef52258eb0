import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { createPipeline, isPaiError, type ProviderContext, Secret } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { describe, expect, onTestFinished, test } from 'vitest';
import { github } from '../src/index.ts';
import { type AppService, app, appKey, appPem, startAppService } from './app-service.ts';

type Spec = Static<typeof github.spec>;

const { appId, installationId } = app;
const spec: Spec = {
  type: 'github',
  auth: { type: 'github-app', appId, installationId, secretRef: 'github-app' },
  policy: { allow: ['issues:read', 'contents:read'] },
  scope: { repositories: ['myorg/repo-a'] },
};

interface Parts {
  readonly overrides?: Partial<Spec>;
  readonly key?: string;
  readonly now?: () => number;
  readonly isOffline?: boolean;
}

/** A provider with its secrets, and all that was derived from them. */
function create(
  service: Pick<AppService, 'fetch'>,
  { overrides = {}, key = appPem, now, isOffline = false }: Parts = {},
) {
  const derived: string[] = [];
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const context: ProviderContext = {
    name: 'github-app',
    secrets: {
      read: (name, options) => new Secret(`github-app/${name}`, key, options),
      derive: (name, value) => {
        derived.push(value);
        return new Secret(name, value);
      },
    },
    signal: end.signal,
    isOffline,
    fetch: service.fetch,
    now: now ?? Date.now,
    log: () => undefined,
  };
  return { provider: github.create({ ...spec, ...overrides }, context), derived };
}

/** The `Authorization` that a request to a URL goes up with. */
async function authorizationFor(
  { provider }: ReturnType<typeof create>,
  url = 'https://api.github.com/repos/myorg/repo-a/issues',
): Promise<string | undefined> {
  const { judge } = createPipeline([
    {
      name: 'github-app',
      type: 'github',
      provider,
      decide: () => ({ effect: 'allow', rule: 'test', reason: 'allowed' }),
      enforcement: 'enforce',
      isLogged: true,
    },
  ]);
  const outcome = await judge(requestFor({ url }));
  if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
  const { headers } = outcome.request;
  return headers[headers.indexOf('authorization') + 1];
}

describe('the spec', () => {
  test.each([
    [spec.auth, true],
    [{ ...spec.auth, secretKey: 'pem', agentEnvVar: 'MY_TOKEN' }, true],
    [{ ...spec.auth, appId: undefined }, false],
    [{ ...spec.auth, installationId: 0 }, false],
    [{ ...spec.auth, appId: '4242' }, false],
    [{ type: 'pat', secretRef: 'x', appId }, false],
  ])('%# is valid: %s', (auth, expected) => {
    expect(Value.Check(github.spec, JSON.parse(JSON.stringify({ ...spec, auth })))).toBe(expected);
  });
});

describe('a token', () => {
  test('is had with a JWT that GitHub would take, and goes on as git and the API want it', async () => {
    const service = await startAppService();
    const made = create(service);
    expect(await authorizationFor(made)).toBe(`Bearer ${service.issued[0]}`);
    expect(await authorizationFor(made, 'https://codeload.github.com/myorg/repo-a/zip/main')).toBe(
      `token ${service.issued[0]}`,
    );
    const basic = Buffer.from(`x-access-token:${service.issued[0]}`).toString('base64');
    expect(await authorizationFor(made, 'https://github.com/myorg/repo-a/archive/main.zip')).toBe(
      `Basic ${basic}`,
    );
    expect(service.urls).toEqual([
      `https://api.github.com/app/installations/${installationId}/access_tokens`,
    ]);
  });

  test.each([
    ['github.example.com', 'https://github.example.com/api/v3/app/installations/777/access_tokens'],
    ['github.example.com:8443', 'https://github.example.com:8443/api/v3/app/installations/777/access_tokens'],
    ['octocorp.ghe.com', 'https://api.octocorp.ghe.com/app/installations/777/access_tokens'],
  ])('for %s is had from it', async (host, url) => {
    const service = await startAppService();
    const api = host.endsWith('.ghe.com') ? `https://api.${host}` : `https://${host}/api/v3`;
    const made = create(service, { overrides: { host } });
    expect(await authorizationFor(made, `${api}/repos/myorg/repo-a/issues`)).toMatch(/^Bearer ghs_/);
    expect(service.urls).toEqual([url]);
  });

  test.each([
    ['PKCS#1', appPem],
    ['PKCS#8', appKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ])('is had with a key in %s', async (_form, key) => {
    const service = await startAppService();
    expect(await authorizationFor(create(service, { key }))).toMatch(/^Bearer ghs_/);
  });

  test('is fetched once for all who ask, and again when its time is nearly over (R10)', async () => {
    let now = Date.now();
    const service = await startAppService(() => now);
    const made = create(service, { now: () => now });
    const all = await Promise.all(Array.from({ length: 50 }, () => authorizationFor(made)));
    expect(new Set(all)).toEqual(new Set([`Bearer ${service.issued[0]}`]));
    now += 3_540_000;
    await authorizationFor(made);
    await expect.poll(() => service.issued.length).toBe(2);
    expect(await authorizationFor(made)).toBe(`Bearer ${service.issued[1]}`);
  });

  test('is renewed after a 401', async () => {
    const service = await startAppService();
    const { provider } = create(service);
    const request = { ...requestFor({ url: 'https://api.github.com/repos/myorg/repo-a' }), headers: [] };
    await provider.inject(request);
    expect(await provider.renew?.(request, { status: 401, headers: [] })).toBe(true);
    await provider.inject(request);
    expect(request.headers).toEqual(['authorization', `Bearer ${service.issued[1]}`]);
  });

  test.each([
    [
      'exactly the scope and the policy',
      {},
      ['repo-a'],
      { metadata: 'read', issues: 'read', contents: 'read' },
    ],
    ['the whole installation without a scope', { scope: {} }, undefined, expect.anything()],
    [
      'the whole installation by a pattern with *',
      { scope: { repositories: ['myorg/repo-a', 'myorg/*'] } },
      undefined,
      expect.anything(),
    ],
    ['everything granted where the policy says *', { policy: { allow: ['*'] } }, ['repo-a'], undefined],
    [
      'everything where denials are only logged',
      { audit: { enforcement: 'audit' as const } },
      undefined,
      undefined,
    ],
  ])('is for %s', async (_what, overrides, repositories, permissions) => {
    const service = await startAppService();
    await authorizationFor(create(service, { overrides }));
    expect(service.asked[0]?.body.repositories).toEqual(repositories);
    expect(service.asked[0]?.body.permissions).toEqual(permissions);
  });
});

describe('what is wrong', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const pem = (key: typeof privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const encrypted = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });

  test.each([
    ['not-a-key-canary', 'is no PEM'],
    [publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'is a public key in PEM'],
    [encrypted.toString(), 'is encrypted with a passphrase'],
    [pem(ec), 'is no RSA key'],
    [appPem.replace(/\n.{60}/, '\n'), 'is damaged'],
  ])('with the Secret is said when the Provider is made: %#', (key, why) => {
    let thrown: unknown;
    try {
      create({ fetch }, { key });
    } catch (error) {
      thrown = error;
    }
    const told = `secret github-app/private-key ${why}; store the .pem file that GitHub gave for the private key of the app`;
    expect(thrown).toMatchObject({ code: 'secret_invalid', message: told });
    expect(inspect(thrown)).not.toContain(key.split('\n')[1] ?? key);
  });

  test.each([
    ['with the key', {}, pem(privateKey), /status 401: the private key is not one of app 4242/],
    ['with the installation', { installationId: 778 }, appPem, /404: app 4242 has no installation 778/],
    ['with the app', { appId: 1 }, appPem, /401: the private key is not one of app 1, or the clock/],
  ])('%s is said when a token is wanted', async (_what, auth, key, message) => {
    const service = await startAppService();
    const made = create(service, { key, overrides: { auth: { ...spec.auth, ...auth } as Spec['auth'] } });
    await expect(authorizationFor(made)).rejects.toThrow(message);
  });

  test('with what the app was granted is said, with all that was wanted', async () => {
    const service = await startAppService();
    const overrides = {
      policy: { allow: ['actions:read', 'pulls:read'] },
      scope: { repositories: ['myorg/salaries'] },
    };
    await expect(authorizationFor(create(service, { overrides }))).rejects.toThrow(
      'ask for (salaries, metadata: read, actions: read, pull_requests: read); grant it, or allow less',
    );
  });
});

test('the key, the JWT and the tokens are masked, and stand in no error, event or provider', async () => {
  const service = await startAppService();
  const made = create(service);
  await authorizationFor(made);
  expect(made.derived).toEqual([expect.stringMatching(/^eyJ/), service.issued[0]]);
  service.fail = 500;
  const other = create(service);
  const thrown: unknown = await authorizationFor(other).catch((error: unknown) => error);
  expect(isPaiError(thrown) || thrown instanceof Error).toBe(true);
  const shown = inspect([made.provider, other.provider, thrown], { depth: 12, showHidden: true });
  const lines = appPem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-'));
  for (const canary of [...lines, ...made.derived, ...other.derived]) expect(shown).not.toContain(canary);
});

test('where requests are explained, nothing is fetched', async () => {
  const nowhere = { fetch: () => Promise.reject(new Error('was fetched')) };
  const made = create(nowhere, { key: '[secret github-app/private-key]', isOffline: true });
  expect(await authorizationFor(made)).toBe('Bearer [secret github-app/installation-token]');
});

describe('the contract of a provider', () => {
  const expires_at = new Date(Date.UTC(2026, 0, 1, 1)).toISOString();
  testProvider(test, {
    plugin: github,
    spec,
    secrets: { 'private-key': appPem },
    fetch: async () => Response.json({ token: 'ghs_conformanceCanary', expires_at }, { status: 201 }),
    samples: [
      {
        url: 'https://api.github.com/repos/myorg/repo-a/issues',
        actions: ['issues:read'],
        resource: 'myorg/repo-a',
      },
      { url: 'https://github.com/myorg/repo-a/archive/main.zip', actions: ['contents:read'] },
    ],
  });
});
