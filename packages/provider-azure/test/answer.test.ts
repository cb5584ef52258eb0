import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  UsernamePasswordCredential,
} from '@azure/identity';
import { createPipeline, findPlaceholder, type LocalResponse } from '@pai/core';
import type { RequestText } from '@pai/core/conformance';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { attach, specOf, start } from './azure.ts';
import { contextFor, createEntraService, tenantId } from './entra-service.ts';
import { pem } from './keys.ts';
import { createSdkClient } from './sdk-client.ts';

const login = 'https://login.microsoftonline.com';
const own = 'pai-placeholder-azure-prod';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** What two Providers of Azure answer, the first in the Agent's order unless the request says otherwise. */
async function answerOf(text: RequestText, parts = {}): Promise<LocalResponse & { json: unknown }> {
  const { judge } = start({ policy: { allow: ['*'] }, ...parts });
  const outcome = await judge(text);
  if (outcome.kind !== 'respond') throw new Error('it was forwarded');
  expect(outcome.event.decision, outcome.event.reason).toBe('answer');
  return { ...outcome.response, json: JSON.parse(String(outcome.response.body)) };
}

const post = (path: string, fields: Record<string, string>, headers = {}): RequestText => ({
  method: 'POST',
  url: login + path,
  headers: { ...form, ...headers },
  body: new URLSearchParams(fields).toString(),
});

const asked = { grant_type: 'client_credentials', client_id: own, client_secret: own };
const storage = 'https://storage.azure.com/.default';

describe('Entra ID is answered', () => {
  test('where authorities are asked for', async () => {
    const endpoint = `${login}/${tenantId}/oauth2/v2.0/authorize`;
    const query = new URLSearchParams({ 'api-version': '1.1', authorization_endpoint: endpoint });
    const { json } = await answerOf({ url: `${login}/common/discovery/instance?${query}` });
    expect(json).toMatchObject({
      tenant_discovery_endpoint: `${login}/${tenantId}/v2.0/.well-known/openid-configuration`,
      metadata: expect.arrayContaining([
        expect.objectContaining({ preferred_network: 'login.microsoftonline.com' }),
      ]),
    });
  });

  test('with no authority that is not its own', async () => {
    const { status, json } = await answerOf({
      url: `${login}/common/discovery/instance?authorization_endpoint=https://evil.example/x/oauth2/authorize`,
    });
    expect({ status, json }).toMatchObject({ status: 400, json: { error: 'invalid_instance' } });
  });

  test.each([
    ['/v2.0', '/oauth2/v2.0/token', `${login}/${tenantId}/v2.0`],
    ['', '/oauth2/token', `https://sts.windows.net/${tenantId}/`],
  ])('where a tenant is configured%s', async (infix, endpoint, issuer) => {
    const { json } = await answerOf({ url: `${login}/${tenantId}${infix}/.well-known/openid-configuration` });
    expect(json).toMatchObject({ token_endpoint: `${login}/${tenantId}${endpoint}`, issuer });
  });

  test('with tokens that are placeholders, which say whom they are for', async () => {
    const { json } = await answerOf(post(`/${tenantId}/oauth2/v2.0/token`, { ...asked, scope: storage }));
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3_599 });
    const { access_token: token } = json as { access_token: string };
    expect(findPlaceholder(`Bearer ${token}`)).toBe(own);
    expect(decodeJwt(token)).toMatchObject({
      aud: 'https://storage.azure.com',
      tid: tenantId,
      exp: 1_767_229_199,
    });
  });

  test('in its first version, with numbers as text', async () => {
    const { json } = await answerOf(
      post(`/common/oauth2/token`, { ...asked, resource: 'https://management.azure.com/' }),
    );
    expect(json).toMatchObject({ expires_in: '3599', resource: 'https://management.azure.com/' });
    const { access_token: token } = json as { access_token: string };
    expect(decodeJwt(token)).toMatchObject({ aud: 'https://management.azure.com/', tid: tenantId });
  });

  test.each([
    ['client_secret', { client_id: own, client_secret: 'pai-placeholder-two' }],
    ['client_id', { client_id: 'pai-placeholder-two', client_secret: 'what az was told' }],
    ['refresh_token', { grant_type: 'refresh_token', refresh_token: 'pai-placeholder-two' }],
    [
      'client_assertion',
      {
        client_assertion: `e30.${Buffer.from('{"iss":"pai-placeholder-two"}').toString('base64url')}.x`,
      },
    ],
  ])('with the placeholder that the request has as %s', async (_name, fields) => {
    const base = { grant_type: 'client_credentials', scope: storage };
    const { json } = await answerOf(post(`/${tenantId}/oauth2/v2.0/token`, { ...base, ...fields }));
    expect(findPlaceholder((json as { access_token: string }).access_token)).toBe('pai-placeholder-two');
  });

  test('with all that a user would get, where a password is sent', async () => {
    const { json } = await answerOf(
      post(`/${tenantId}/oauth2/v2.0/token`, {
        grant_type: 'password',
        client_id: 'x',
        username: 'u',
        password: 'p',
        client_info: '1',
        scope: `openid offline_access ${storage}`,
      }),
    );
    expect(json).toMatchObject({
      refresh_token: own,
      id_token: expect.any(String),
      client_info: expect.any(String),
    });
  });

  test.each([
    ['POST', `/${tenantId}/oauth2/v2.0/devicecode`, 'unauthorized_client'],
    ['GET', `/${tenantId}/oauth2/v2.0/authorize?client_id=x`, 'unauthorized_client'],
    ['GET', `/${tenantId}/oauth2/v2.0/token`, 'invalid_request'],
    ['GET', '/whatever', 'unauthorized_client'],
  ])('%s %s is refused with a sentence', async (method, path, error) => {
    const { status, json } = await answerOf({ method, url: login + path });
    expect({ status, json }).toMatchObject({
      status: 400,
      json: { error, error_description: expect.any(String) },
    });
  });

  test.each([
    [{ grant_type: 'authorization_code', code: 'x' }, 'unsupported_grant_type'],
    [
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' },
      'unsupported_grant_type',
    ],
    [{ ...asked }, 'invalid_request'],
    [{}, 'unsupported_grant_type'],
  ])('a token for %j is not given', async (fields, error) => {
    const { status, json } = await answerOf(
      post(`/${tenantId}/oauth2/v2.0/token`, fields as Record<string, string>),
    );
    expect({ status, json }).toMatchObject({ status: 400, json: { error } });
  });

  test('and what it is sent goes nowhere', async () => {
    const { judge, entra } = start();
    for (const host of [
      'login.windows.net',
      'sts.windows.net',
      'login.microsoftonline.us',
      'login.chinacloudapi.cn',
    ]) {
      const { event } = await judge({
        ...post('/', { ...asked, scope: storage }),
        url: `https://${host}/x/oauth2/token`,
      });
      expect(event.decision).toBe('answer');
    }
    const { event } = await judge(
      post(`/${tenantId}/oauth2/token`, { ...asked, grant_type: 'x', Grant_Type: 'y' }),
    );
    expect(event).toMatchObject({ decision: 'refuse', error: 'malformed_request' });
    expect(entra.asked).toEqual([]);
  });
});

describe('the metadata service is answered', () => {
  const base = 'http://169.254.169.254';
  const query = 'api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net';

  test('with tokens that are placeholders', async () => {
    const { json } = await answerOf({
      url: `${base}/metadata/identity/oauth2/token?${query}&client_id=abc`,
      headers: { metadata: 'true' },
    });
    expect(json).toMatchObject({
      token_type: 'Bearer',
      expires_in: '3599',
      expires_on: '1767229199',
      client_id: 'abc',
      resource: 'https://vault.azure.net',
    });
    expect(findPlaceholder((json as { access_token: string }).access_token)).toBe(own);
  });

  test('as App Service answers', async () => {
    const { json } = await answerOf({
      url: `${base}/msi/token?${query}`,
      headers: { 'x-identity-header': 'x' },
    });
    expect(json).toMatchObject({ token_type: 'Bearer', expires_on: '1767229199' });
  });

  test.each([
    ['GET', `/metadata/identity/oauth2/token?${query}`, {}, 400],
    ['GET', '/metadata/identity/oauth2/token', { metadata: 'true' }, 400],
    ['POST', `/metadata/identity/oauth2/token?${query}`, { metadata: 'true' }, 400],
    ['GET', `/msi/token?${query}`, {}, 400],
    ['GET', '/metadata/instance?api-version=2021-02-01', { metadata: 'true' }, 404],
  ])('%s %s with %j with no token', async (method, path, headers, status) => {
    expect(
      (await answerOf({ method, url: base + path, headers: headers as Record<string, string> })).status,
    ).toBe(status);
  });

  test('and what is another cloud’s is not known, so that another Provider may answer it', async () => {
    expect((await answerOf({ url: `${base}/latest/meta-data/iam/security-credentials/` })).status).toBe(404);
  });
});

describe('Key Vault asks for a token', () => {
  const url = 'https://v.vault.azure.net/secrets/s?api-version=7.4';
  const probe = { method: 'PUT', url };

  test('where an SDK has sent nothing but its address', async () => {
    const { status, headers } = await answerOf(probe);
    expect(status).toBe(401);
    expect(headers).toContain(
      `Bearer authorization="${login}/${tenantId}", resource="https://vault.azure.net"`,
    );
  });

  test.each([
    [{ ...probe, headers: { authorization: 'Bearer x' } }],
    [{ ...probe, body: '{"value":"v"}', headers: { 'content-type': 'application/json' } }],
    [{ url }],
    [{ method: 'DELETE', url }],
    [{ ...probe, url: 'https://management.azure.com/subscriptions/x' }],
  ])('and not of %j', async (text) => {
    const { judge } = start();
    expect((await judge(text)).event.decision).not.toBe('answer');
  });

  test('of another cloud with its own names', async () => {
    const { headers } = await answerOf(
      { method: 'POST', url: 'https://v.vault.usgovcloudapi.net/keys/k/create' },
      { config: { cloud: 'usgov' } },
    );
    expect(headers).toContain(
      `Bearer authorization="https://login.microsoftonline.us/${tenantId}", resource="https://vault.usgovcloudapi.net"`,
    );
  });
});

describe('a shared access signature', () => {
  test.each([
    'https://acct.blob.core.windows.net/c/b?sv=2023-11-03&se=2030-01-01&sr=b&sp=r&sig=x',
    'https://acct.blob.core.windows.net/c/b?%73ig=x',
    'https://acct.queue.core.windows.net/q/messages?SIG=x',
    'https://acct.table.core.windows.net/people()?a=b&sig=x',
    'https://ns.servicebus.windows.net/q?sig=x',
  ])('is refused: %s', async (url) => {
    const { event } = await start().judge({ url, headers: { 'x-ms-version': '2023-11-03' } });
    expect(event).toMatchObject({ decision: 'refuse', error: 'request_denied' });
    expect(event.reason).toContain('shared access signature');
  });
});

describe('the credentials of @azure/identity that need nobody', () => {
  function open() {
    const entra = createEntraService();
    const attached = attach('azure-prod', specOf({ policy: { allow: ['*'] } }), contextFor(entra));
    const { judge } = createPipeline([attached], () => entra.now);
    return { httpClient: createSdkClient(judge), entra };
  }
  interface Options {
    httpClient: ReturnType<typeof createSdkClient>;
  }
  const makers = {
    ClientCertificateCredential: (options: Options) =>
      new ClientCertificateCredential(tenantId, own, { certificate: pem('client') }, options),
    ClientAssertionCredential: (options: Options) =>
      new ClientAssertionCredential(tenantId, own, async () => own, options),
    OnBehalfOfCredential: (options: Options) =>
      new OnBehalfOfCredential({
        tenantId,
        clientId: own,
        clientSecret: own,
        userAssertionToken: 'x',
        ...options,
      }),
    UsernamePasswordCredential: (options: Options) =>
      new UsernamePasswordCredential(tenantId, own, 'user', 'password', options),
    ManagedIdentityCredential: (options: Options) => new ManagedIdentityCredential(options),
    DefaultAzureCredential: (options: Options) => new DefaultAzureCredential(options),
  };

  test.each(Object.entries(makers))('%s gets a placeholder', async (name, make) => {
    const { httpClient, entra } = open();
    const env = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: own, AZURE_CLIENT_SECRET: own };
    for (const [key, value] of Object.entries(env)) {
      if (name === 'DefaultAzureCredential') vi.stubEnv(key, value);
    }
    onTestFinished(() => void vi.unstubAllEnvs());
    const { token } = await make({ httpClient }).getToken(storage);
    expect(findPlaceholder(token)).toBe(own);
    expect(entra.asked).toEqual([]);
  });
});
