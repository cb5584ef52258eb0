import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  asMetadata,
  but,
  canary,
  challenged,
  goodWorld,
  issuer,
  type LoginParts,
  logIn,
  metadata,
  says,
  url,
  type World,
} from './oauth-servers.ts';

const root = 'https://mcp.example.com/.well-known/oauth-protected-resource';
const described = `${root}/mcp`;

test('a login gives tokens, and what they are renewed by', async () => {
  const { change, sent, opened, logs } = await logIn();
  expect(change).toEqual({
    access_token: canary.access,
    refresh_token: canary.refresh,
    grant: JSON.stringify({
      issuer,
      tokenEndpoint: `${issuer}/token`,
      clientId: 'made',
      clientAuth: 'none',
      isRegistered: true,
      resource: url,
      expiresAt: 1_060_000,
    }),
    registration_secret: undefined,
  });
  expect(sent.map((one) => one.url)).toEqual([
    url,
    described,
    asMetadata,
    `${issuer}/register`,
    `${issuer}/token`,
  ]);
  const form = Object.fromEntries(new URLSearchParams(sent.at(-1)?.content));
  expect(form).toMatchObject({
    grant_type: 'authorization_code',
    code: canary.code,
    resource: url,
    client_id: 'made',
  });
  expect(form['code_verifier']).toMatch(/^[\w-]{43}$/);
  expect(JSON.parse(sent[3]?.content ?? '')).toMatchObject({
    redirect_uris: ['http://127.0.0.1:7/3f9a'],
    application_type: 'native',
    token_endpoint_auth_method: 'none',
  });
  expect(opened?.searchParams.get('scope')).toBe(null);
  expect(inspect([opened, logs])).not.toMatch(/canary/);
});

test('a token that is said to live for ever ends in ten years', async () => {
  const body = { access_token: canary.access, token_type: 'Bearer', expires_in: 1e308 };
  const { change } = await logIn(but({ [`${issuer}/token`]: { body } }));
  expect(JSON.parse(change?.['grant'] ?? '')).toMatchObject({ expiresAt: 1_000_000 + 3_650 * 86_400_000 });
});

test('what metadata says is null is left out of it', async () => {
  const nothing = { scopes_supported: null, token_endpoint_auth_methods_supported: null };
  const { change, sent } = await logIn(says(nothing));
  expect(change?.['access_token']).toBe(canary.access);
  expect(JSON.parse(sent[3]?.content ?? '')).toMatchObject({ token_endpoint_auth_method: 'none' });
});

describe('the metadata is looked for', () => {
  const elsewhere = 'https://mcp.example.com/meta';
  const tenant = 'https://login.example.com/tenant';
  const of = (name: string) => ({ body: { resource: url, authorization_servers: [name] } });

  test.each<[string, World, readonly string[]]>([
    [
      'where the challenge says',
      { ...challenged(`Bearer resource_metadata="${elsewhere}"`), [elsewhere]: of(issuer) },
      [elsewhere, asMetadata],
    ],
    [
      'at the path of the server, then at the root',
      { [described]: { status: 404 }, [root]: of(issuer) },
      [described, root, asMetadata],
    ],
    [
      'of OpenID Connect after that of OAuth',
      { [asMetadata]: { status: 404 }, [`${issuer}/.well-known/openid-configuration`]: { body: metadata } },
      [described, asMetadata, `${issuer}/.well-known/openid-configuration`],
    ],
    [
      'for a path in three places',
      {
        [described]: of(tenant),
        [`${tenant}/.well-known/openid-configuration`]: { body: { ...metadata, issuer: tenant } },
      },
      [
        described,
        `${issuer}/.well-known/oauth-authorization-server/tenant`,
        `${issuer}/.well-known/openid-configuration/tenant`,
        `${tenant}/.well-known/openid-configuration`,
      ],
    ],
  ])('%s', async (_where, parts, expected) => {
    const { sent, change } = await logIn(but(parts));
    expect(sent.slice(1, -2).map((one) => one.url)).toEqual(expected);
    expect(change?.['access_token']).toBe(canary.access);
  });

  test('at the server itself, as revision 2025-03-26 has it, and its usual endpoints if there is none', async () => {
    const origin = 'https://mcp.example.com';
    const old = {
      ...metadata,
      issuer: origin,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
    };
    const silent: World = {
      [url]: { status: 401 },
      [`${origin}/register`]: { status: 201, body: { client_id: 'made' } },
      [`${origin}/token`]: goodWorld[`${issuer}/token`] ?? {},
    };
    const told = await logIn({
      world: { ...silent, [`${origin}/.well-known/oauth-authorization-server`]: { body: old } },
    });
    expect(told.change?.['access_token']).toBe(canary.access);
    const ofIssuer = (name: string) =>
      logIn({
        world: {
          ...silent,
          [`${origin}/.well-known/oauth-authorization-server`]: { body: { ...old, issuer: name } },
        },
      });
    expect((await ofIssuer(`${origin}/oauth`)).change?.['access_token']).toBe(canary.access);
    expect((await ofIssuer('https://login.example.com')).error?.message).toContain('speaks for another');
    const untold = await logIn({ world: silent });
    expect(untold.change?.['access_token']).toBe(canary.access);
    expect(untold.opened?.href).toMatch(/^https:\/\/mcp\.example\.com\/authorize\?/);
  });
});

describe('scopes are', () => {
  const offered = { [asMetadata]: { body: { ...metadata, scopes_supported: ['offline_access', 'all'] } } };
  const named = {
    [described]: { body: { resource: url, authorization_servers: [issuer], scopes_supported: ['a', 'b'] } },
  };
  const grant = JSON.stringify({
    issuer,
    tokenEndpoint: `${issuer}/token`,
    clientId: 'c',
    clientAuth: 'none',
    isRegistered: true,
    resource: url,
    scope: 'old',
  });

  test.each<[string, LoginParts, string | null]>([
    ['none where nothing is said', {}, null],
    ['those that the server has', but(named), 'a b'],
    ['those of the challenge', but({ ...named, ...challenged('Bearer scope="c d"') }), 'c d'],
    ['with a refresh token where there is one', but({ ...named, ...offered }), 'a b offline_access'],
    ['the user’s own and no others', { ...but({ ...named, ...offered }), auth: { scopes: ['x'] } }, 'x'],
    [
      'those of before, and more',
      { ...but(named), scopes: ['more'], stored: { grant, access_token: 'aaaaaaaa' } },
      'a b old more',
    ],
    ['never what a shell would read', but(challenged('Bearer scope="$(x) ok `y` a;b"')), 'ok'],
  ])('%s', async (_what, parts, expected) => {
    const { opened } = await logIn(parts);
    expect(opened?.searchParams.get('scope')).toBe(expected);
    expect(opened?.searchParams.get('prompt')).toBe(
      expected?.includes('offline_access') === true ? 'consent' : null,
    );
  });
});

describe('a client', () => {
  test('of the user proves itself to the issuer that the user names', async () => {
    const { sent, opened } = await logIn({
      auth: { clientId: 'mine', issuer },
      stored: { client_secret: 'canary-secret-44c1' },
      ...says({ token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
    });
    expect(opened?.searchParams.get('redirect_uri')).toBe('http://127.0.0.1:7/callback');
    const basic = `Basic ${Buffer.from('mine:canary-secret-44c1').toString('base64')}`;
    expect(sent.at(-1)?.headers.get('authorization')).toBe(basic);
  });

  test('with a document is its URL, where the authorization server takes those', async () => {
    const clientId = 'https://me.example/pai.json';
    const yes = await logIn({ auth: { clientId }, ...says({ client_id_metadata_document_supported: true }) });
    expect(yes.opened?.searchParams.get('client_id')).toBe(clientId);
    expect((await logIn({ auth: { clientId } })).opened?.searchParams.get('client_id')).toBe('made');
  });

  test('that gets a secret when it is registered keeps it apart from the user’s', async () => {
    const { change, sent } = await logIn(
      but({
        [asMetadata]: {
          body: { ...metadata, token_endpoint_auth_methods_supported: ['client_secret_post'] },
        },
        [`${issuer}/register`]: {
          body: {
            client_id: 'made',
            client_secret: 'canary-made-31',
            token_endpoint_auth_method: 'client_secret_post',
          },
        },
      }),
    );
    expect(change).toMatchObject({ registration_secret: 'canary-made-31' });
    expect(change).not.toHaveProperty('client_secret');
    expect(new URLSearchParams(sent.at(-1)?.content).get('client_secret')).toBe('canary-made-31');
  });
});
