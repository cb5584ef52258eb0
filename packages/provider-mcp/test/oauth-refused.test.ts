import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  but,
  canary,
  challenged,
  goodWorld,
  issuer,
  type LoginParts,
  logIn,
  says,
  url,
} from './oauth-servers.ts';

const described = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

describe('a login is refused', () => {
  const resource = (parts: object): LoginParts =>
    but({ [described]: { body: { resource: url, authorization_servers: [issuer], ...parts } } });
  const token = (said: object, status = 200): LoginParts =>
    but({ [`${issuer}/token`]: { status, body: said } });
  const leaky = { error: canary.refresh, error_description: canary.access, access_token: canary.access };

  test.each<[string, LoginParts, string]>([
    [
      'metadata of another resource',
      resource({ resource: 'https://victim.example.com/mcp' }),
      'which is not',
    ],
    ['metadata of a neighbour', resource({ resource: 'https://mcp.example.com/mcp2' }), 'which is not'],
    ['metadata of a part', resource({ resource: `${url}/part` }), 'which is not'],
    [
      'metadata elsewhere',
      but(challenged('Bearer resource_metadata="https://evil.example.com/x"')),
      'elsewhere',
    ],
    [
      'metadata in clear',
      but(challenged('Bearer resource_metadata="http://mcp.example.com/x"')),
      'elsewhere',
    ],
    [
      'an authorization server in clear',
      resource({ authorization_servers: ['http://login.example.com'] }),
      'needs https',
    ],
    [
      'an authorization server with a user',
      resource({ authorization_servers: ['https://a@login.example.com'] }),
      'needs https',
    ],
    ['no authorization server', resource({ authorization_servers: [] }), 'names no authorization server'],
    ['an issuer that is another', says({ issuer: 'https://other.example.com' }), 'speaks for another'],
    [
      'an issuer that the server does not name',
      { auth: { issuer: 'https://other.example.com' } },
      'does not name',
    ],
    ['no PKCE', says({ code_challenge_methods_supported: undefined }), 'PKCE'],
    ['plain PKCE', says({ code_challenge_methods_supported: ['plain'] }), 'PKCE'],
    [
      'a token endpoint in clear',
      says({ token_endpoint: 'http://login.example.com/token' }),
      'no token_endpoint with https',
    ],
    [
      'a page in clear',
      says({ authorization_endpoint: 'http://login.example.com/' }),
      'no authorization_endpoint',
    ],
    [
      'a page that is a program',
      says({ authorization_endpoint: 'file:///bin/sh' }),
      'no authorization_endpoint',
    ],
    [
      'a registration in clear',
      says({ registration_endpoint: 'http://login.example.com/r' }),
      'without https',
    ],
    ['a resource that is no text', resource({ resource: { toString: 1 } }), 'nothing that has a name'],
    ['an issuer that is no text', says({ issuer: { toString: 1 } }), 'speaks for another'],
    ['methods that are no list', says({ code_challenge_methods_supported: 5 }), 'is no list'],
    ['scopes that are no list', says({ scopes_supported: { a: 1 } }), 'is no list'],
    [
      'ways to prove oneself that are no list',
      says({ token_endpoint_auth_methods_supported: 'none' }),
      'is no list',
    ],
    ['requests that are pushed', says({ require_pushed_authorization_requests: true }), 'RFC 9126'],
    [
      'a registration that redirects',
      but({ [`${issuer}/register`]: { status: 307, headers: { location: 'https://evil.example.com/' } } }),
      'registers no client',
    ],
    [
      'a registration that is answered with a long challenge',
      but({
        [`${issuer}/register`]: {
          status: 401,
          headers: { 'www-authenticate': `Bearer ${'a '.repeat(100_000)}` },
        },
      }),
      'invalid_client',
    ],
    [
      'a token endpoint that redirects',
      but({ [`${issuer}/token`]: { status: 307, headers: { location: 'https://evil.example.com/' } } }),
      'gives no token',
    ],
    ['a token that is an error', token(leaky, 400), 'an error of no known name'],
    ['a token of another type', token({ access_token: canary.access, token_type: 'mac' }), 'gives no token'],
    ['a token bound to a key', token({ access_token: canary.access, token_type: 'dpop' }), 'no bearer token'],
    [
      'a code of another issuer',
      { ...says({}), back: { code: canary.code, iss: 'https://evil.example.com' } },
      'gives no token',
    ],
    ['a code of no issuer', says({ authorization_response_iss_parameter_supported: true }), 'gives no token'],
    ['a state of another login', { back: { code: canary.code, state: 'other' } }, 'gives no token'],
    [
      'an error of the person',
      { back: { error: 'access_denied', error_description: canary.access } },
      'it answers access_denied',
    ],
    [
      'an error of another issuer',
      { back: { error: 'access_denied', iss: 'https://evil.example.com' } },
      'not what OAuth',
    ],
    ['a server that asks for nothing', { world: { [url]: { status: 200 } } }, 'asks for no login'],
    ['scopes beside those of the spec', { auth: { scopes: ['a'] }, scopes: ['b'] }, 'add them there'],
  ])('with %s', async (_what, parts, why) => {
    const { error, change, sent, logs } = await logIn(parts);
    expect(error?.message).toContain(why);
    expect(change).toBeUndefined();
    expect(sent.filter((one) => !one.url.startsWith('https://'))).toEqual([]);
    expect(sent.filter((one) => one.url.includes('evil'))).toEqual([]);
    expect(inspect([error, logs], { depth: 12 })).not.toContain('canary');
  });

  test('with an issuer that is no URL', async () => {
    const { error, sent } = await logIn({ auth: { issuer: 'https://' } });
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('auth.issuer') });
    expect(sent).toEqual([]);
  });

  test('with a client that no issuer is named for', async () => {
    await expect(logIn({ auth: { clientId: 'mine' } })).resolves.toMatchObject({
      error: { code: 'config_invalid' },
      sent: [],
    });
  });

  test('with a secret that is sent nowhere when the server names another issuer', async () => {
    const world = {
      ...goodWorld,
      [described]: { body: { resource: url, authorization_servers: ['https://evil.example.com'] } },
    };
    const stored = { client_secret: 'canary-secret-44c1' };
    const { error, sent } = await logIn({ world, stored, auth: { clientId: 'mine', issuer } });
    expect(error?.message).toContain('does not name');
    expect(inspect(sent)).not.toContain('canary');
  });
});
