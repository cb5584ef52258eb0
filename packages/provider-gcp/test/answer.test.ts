import { getHeader, type LocalResponse } from '@pai/core';
import type { RequestText } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { claimsOf, email, keyDocument } from './google.ts';
import { start } from './provider.ts';

const placeholder = 'pai-placeholder-gcp-prod';
const placeholderEmail = `${placeholder}@my-project.iam.gserviceaccount.com`;
const nothing = { config: { project: 'my-project' }, policy: { deny: ['*'] } };

async function ask(text: RequestText): Promise<LocalResponse & { json: Record<string, unknown> }> {
  const outcome = await start(nothing).judge(text);
  if (outcome.kind !== 'respond') throw new Error('it is sent');
  const { response } = outcome;
  const isJson = getHeader(response.headers, 'content-type')?.startsWith('application/json') === true;
  return { ...response, json: isJson && response.body !== '' ? JSON.parse(String(response.body)) : {} };
}

const post = (url: string, form: Record<string, string>): RequestText => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(form).toString(),
});

const jwt = (claims: object) =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const bearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const assertion = jwt({ iss: placeholderEmail, scope: 'a' });

describe('token endpoints (K7)', () => {
  test.each([
    ['https://oauth2.googleapis.com/token', { grant_type: bearerGrant, assertion }],
    ['https://www.googleapis.com/oauth2/v4/token', { grant_type: bearerGrant, assertion }],
    ['https://accounts.google.com/o/oauth2/token', { grant_type: bearerGrant, assertion }],
    ['https://oauth2.googleapis.com/token', { grant_type: 'refresh_token', refresh_token: 'anything' }],
    ['https://sts.googleapis.com/v1/token', { grant_type: exchangeGrant, subject_token: 'anything' }],
    ['https://sts.mtls.googleapis.com/v1/token', { grant_type: exchangeGrant, subject_token: 'anything' }],
    ['https://sts.us-east1.rep.googleapis.com/v1/token', { grant_type: exchangeGrant, subject_token: 'a' }],
  ])('%s answers with a placeholder, whatever the policy says', async (url, form) => {
    const { status, json } = await ask(post(url, form));
    expect(status).toBe(200);
    expect(json).toMatchObject({ access_token: placeholder, expires_in: 3_599, token_type: 'Bearer' });
  });

  test('answer with the placeholder that they are asked with', async () => {
    const others = jwt({ iss: 'pai-placeholder-gcp-two@placeholder.iam.gserviceaccount.com' });
    const form = { grant_type: bearerGrant, assertion: others };
    const { json } = await ask(post('https://oauth2.googleapis.com/token', form));
    expect(json['access_token']).toBe('pai-placeholder-gcp-two');
  });

  test('answer with an id token that can be read, and that nobody takes', async () => {
    const form = { grant_type: bearerGrant, assertion: jwt({ target_audience: 'https://run.example' }) };
    const { json } = await ask(post('https://oauth2.googleapis.com/token', form));
    const idToken = String(json['id_token']);
    expect(claimsOf(idToken)).toMatchObject({ aud: 'https://run.example', email: placeholderEmail });
  });

  test.each([
    ['https://oauth2.googleapis.com/token', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['https://oauth2.googleapis.com/token', {}, 400, 'unsupported_grant_type'],
    ['https://oauth2.googleapis.com/token', { grant_type: 'constructor' }, 400, 'unsupported_grant_type'],
    ['https://sts.googleapis.com/v1/token', { grant_type: bearerGrant }, 400, 'unsupported_grant_type'],
  ])('%s says of %j that it gives none', async (url, form, status, error) => {
    const answer = await ask(post(url, form));
    expect(answer.status).toBe(status);
    expect(answer.json['error']).toBe(error);
  });

  test.each([
    ['POST', 'https://oauth2.googleapis.com/device/code'],
    ['POST', 'https://sts.googleapis.com/v1/introspect'],
    ['GET', 'https://accounts.google.com/o/oauth2/auth'],
    ['GET', 'https://oauth2.googleapis.com/%74oken'],
    ['GET', 'https://oauth2.googleapis.com/constructor'],
  ])('%s %s goes nowhere', async (method, url) => {
    expect((await ask({ method, url })).status).toBe(404);
  });

  test('two values for what names the grant are refused', async () => {
    const request = post('https://oauth2.googleapis.com/token?grant_type=refresh_token', {
      grant_type: bearerGrant,
    });
    expect((await ask(request)).status).toBe(400);
  });
});

describe('impersonation', () => {
  const account =
    'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com';
  const postJson = (url: string, content: object): RequestText => ({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${placeholder}` },
    body: JSON.stringify(content),
  });

  test('gives a placeholder access token', async () => {
    const { status, json } = await ask(postJson(`${account}:generateAccessToken`, { scope: ['a', 'b'] }));
    expect(status).toBe(200);
    expect(json).toEqual({ accessToken: placeholder, expireTime: '2026-01-01T00:59:59Z' });
  });

  test('gives a placeholder id token for an audience, and none without', async () => {
    const { json } = await ask(postJson(`${account}:generateIdToken`, { audience: 'https://a.example' }));
    expect(claimsOf(String(json['token']))).toMatchObject({ aud: 'https://a.example' });
    expect((await ask(postJson(`${account}:generateIdToken`, {}))).status).toBe(400);
  });

  test('finds no regional access boundary of the placeholder’s account, which clients look for on their own', async () => {
    const url = `${account.replace('a@p.iam.gserviceaccount.com', placeholderEmail)}/allowedLocations`;
    const headers = { authorization: `Bearer ${placeholder}` };
    expect(await ask({ url, headers })).toMatchObject({ status: 404, json: { error: { code: 404 } } });
    const other = await ask({ url: `${account}/allowedLocations`, headers });
    expect(getHeader(other.headers, 'x-pai-decision')).toBe('deny');
  });

  const grpc = { 'content-type': 'application/grpc' };

  test.each<[string, RequestText]>([
    ['spelled otherwise', postJson(`${account}:generate%41ccessToken`, { scope: ['a'] })],
    ['of a verb that is not known', postJson(`${account}:generateSecretToken`, {})],
    ['with another method', { ...postJson(`${account}:generateAccessToken`, {}), method: 'PUT' }],
    ['in a path below', postJson(`${account}/x:generateAccessToken`, {})],
    ['in a batch', { ...postJson('https://iamcredentials.googleapis.com/batch', {}) }],
    [
      'over gRPC',
      {
        method: 'POST',
        url: 'https://iamcredentials.googleapis.com/google.iam.credentials.v1.IAMCredentials/GenerateAccessToken',
        headers: grpc,
        protocol: 'h2',
        body: Buffer.alloc(5),
      },
    ],
  ])('goes nowhere %s, even where everything is allowed (K7)', async (_, text) => {
    const outcome = await start().judge(text);
    expect(outcome.event).toMatchObject({ decision: 'refuse', rule: 'request_denied' });
  });

  test.each(['iamcredentials.mtls.googleapis.com', 'us-east1-iamcredentials.googleapis.com'])(
    'is answered at %s too',
    async (host) => {
      const url = `${account.replace('iamcredentials.googleapis.com', host)}:generateAccessToken`;
      expect((await ask(postJson(url, { scope: ['a'] }))).json['accessToken']).toBe(placeholder);
    },
  );

  test.each(['signBlob', 'signJwt'])('does not answer %s, which the policy judges', async (verb) => {
    const { status, headers } = await ask(postJson(`${account}:${verb}`, { payload: 'x' }));
    expect(status).toBe(403);
    expect(getHeader(headers, 'x-pai-decision')).toBe('deny');
  });
});

describe('the metadata server', () => {
  const get = (path: string, headers: Record<string, string> = { 'Metadata-Flavor': 'Google' }) =>
    ask({ url: `http://metadata.google.internal${path}`, headers });
  const v1 = '/computeMetadata/v1';
  const account = { aliases: ['default'], email: placeholderEmail };
  const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

  test.each([
    ['/', 'computeMetadata/\n'],
    [`${v1}/project/project-id`, 'my-project'],
    [`${v1}/universe/universe-domain`, 'googleapis.com'],
    [`${v1}/instance/service-accounts/default/email`, placeholderEmail],
    [`${v1}/instance/service-accounts/${placeholderEmail}/email`, placeholderEmail],
    [`${v1}/instance/service-accounts/`, `default/\n${placeholderEmail}/\n`],
    [`${v1}/instance/service-accounts/default/`, 'aliases\nemail\nidentity\nscopes\ntoken\n'],
    [`${v1}/instance/service-accounts/default/scopes`, `${scopes[0]}\n`],
    [`${v1}/instance`, 'service-accounts/\n'],
  ])('has %s', async (path, body) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(getHeader(answer.headers, 'metadata-flavor')).toBe('Google');
  });

  test.each([
    [`${v1}/instance/service-accounts/default/token`, { access_token: placeholder, token_type: 'Bearer' }],
    [
      `${v1}/instance/service-accounts/default/token?scopes=a%2Cb`,
      { access_token: placeholder, expires_in: 3_599 },
    ],
    [`${v1}/instance/service-accounts/default/?recursive=true`, { ...account, scopes }],
    [`${v1}/instance/service-accounts/?recursive=true&alt=json`, { default: account }],
    [`${v1}/?recursive=true`, { project: { projectId: 'my-project' }, instance: { serviceAccounts: {} } }],
  ])('has %s in JSON', async (path, expected) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject(expected);
    if (path.includes('recursive')) expect(answer.body).not.toContain('access_token');
  });

  test('has values in JSON when they are wanted so', async () => {
    expect(await get(`${v1}/project/project-id?alt=json`)).toMatchObject({ body: '"my-project"' });
    expect(await get(`${v1}/instance/service-accounts/default/scopes?alt=json`)).toMatchObject({
      body: JSON.stringify(scopes),
    });
  });

  test('has id tokens for an audience', async () => {
    const path = `${v1}/instance/service-accounts/default/identity`;
    const { body } = await get(`${path}?audience=https://a.example&format=full`);
    expect(claimsOf(String(body))).toMatchObject({ aud: 'https://a.example', email: placeholderEmail });
    expect((await get(path)).status).toBe(400);
  });

  test.each([
    ['without its header', {}],
    ['with another flavor', { 'Metadata-Flavor': 'Other' }],
    ['for somebody else', { 'Metadata-Flavor': 'Google', 'X-Forwarded-For': '10.0.0.1' }],
  ])('is not to be asked %s', async (_, headers) => {
    const answer = await get(
      `${v1}/instance/service-accounts/default/token`,
      headers as Record<string, string>,
    );
    expect(answer.status).toBe(403);
    expect(String(answer.body)).not.toContain('placeholder');
  });

  test.each([
    `${v1}/instance/attributes/ssh-keys`,
    `${v1}/instance/service-accounts/other@p.iam.gserviceaccount.com/token`,
    `${v1}/instance/service-accounts/default/token/x`,
    `${v1}/constructor`,
    '/latest/meta-data/',
    '/computeMetadata/v1beta1/instance/service-accounts/default/token',
    '/computeMetadata/v1/%2e%2e/x',
  ])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

test('tokeninfo and userinfo say who the placeholder is', async () => {
  const info = await ask({ url: `https://oauth2.googleapis.com/tokeninfo?access_token=${placeholder}` });
  expect(info.json).toMatchObject({ email: placeholderEmail, expires_in: '3599' });
  const user = await ask({ url: 'https://www.googleapis.com/oauth2/v2/userinfo' });
  expect(user.json).toMatchObject({ email: placeholderEmail });
});

test('nothing of the real credential is in any answer', async () => {
  const { provider } = start({ config: { project: 'my-project' } });
  const text = JSON.stringify([provider.placeholders.env, provider.placeholders.files]);
  expect(text).not.toContain(email);
  expect(text).not.toContain('canary');
  expect(keyDocument()).not.toContain(
    JSON.parse(provider.placeholders.files?.['key.json'] ?? '{}').private_key,
  );
});
