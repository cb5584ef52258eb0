import { expect, test } from 'vitest';
import { actionsOf, group, resolve } from './arm.ts';

const account = `${group}/providers/Microsoft.Storage/storageAccounts/a`;
const batch = (requests: unknown, more: object = {}) => ({ body: { requests, ...more } });
const get = (url: string) => ({ httpMethod: 'GET', url });

test('judges every request of a batch of Resource Manager by its own method (Z2)', async () => {
  const requests = [
    { ...get(`${account}?api-version=1`), name: 'one' },
    { httpMethod: 'post', url: `https://management.azure.com${account}/listKeys?api-version=1` },
    {
      httpMethod: 'PUT',
      url: account.slice(1),
      content: { location: 'eastus', source: `${group}/providers/A.B/c/d` },
    },
    get(`${account}?api-version=2`),
  ];
  expect(await actionsOf('POST', '/batch?api-version=2020-06-01', batch(requests))).toEqual([
    { name: 'Microsoft.Storage/storageAccounts/read', resource: account },
    { name: 'Microsoft.Storage/storageAccounts/listKeys/action', resource: account },
    { name: 'Microsoft.Storage/storageAccounts/write', resource: account, region: 'eastus' },
    {
      name: 'Microsoft.Storage/storageAccounts/write',
      resource: `${group}/providers/A.B/c/d`,
      region: 'eastus',
    },
  ]);
});

test.each([
  ['a batch in it', [get('/batch?api-version=1')]],
  ['a batch in it by another spelling', [{ httpMethod: 'POST', url: '//BATCH/' }]],
  ['a URL of another host', [get(`https://evil.example${account}`)]],
  ['a URL of a host that begins alike', [get(`https://management.azure.com.evil.example${account}`)]],
  ['a URL with a user', [get(`https://management.azure.com@evil.example${account}`)]],
  ['a URL without a scheme', [get('//evil.example/subscriptions/S')]],
  ['a URL in clear', [get(`http://management.azure.com${account}`)]],
  ['a path that climbs', [get('/subscriptions/S/../T')]],
  ['no method', [{ url: account }]],
  ['no URL', [{ httpMethod: 'GET' }]],
  ['content in text', [{ httpMethod: 'PUT', url: account, content: '{"location":"eastus"}' }]],
  ['a credential', [{ ...get(account), requestHeaderDetails: { Authorization: 'Bearer x' } }]],
  [
    'a token of another tenant',
    [{ ...get(account), requestHeaderDetails: { 'x-ms-authorization-auxiliary': 'x' } }],
  ],
  ['another method in a header', [{ ...get(account), requestHeaderDetails: { 'X-HTTP-Method': 'DELETE' } }]],
  ['a member in another case', [{ httpMethod: 'GET', url: account, URL: '/subscriptions/T' }]],
  ['a member that is not known', [{ httpMethod: 'GET', url: account, relativeUrl: '/subscriptions/T' }]],
  ['no list', { 0: get(account) }],
  ['a request that is no object', [account]],
  ['too many requests', Array.from({ length: 501 }, () => get(account))],
])('refuses a batch of Resource Manager with %s', async (_, requests) => {
  await expect(resolve('POST', '/batch', batch(requests))).rejects.toMatchObject({
    code: 'malformed_request',
  });
});

test.each([
  ['GET', '/batch', {}],
  ['PUT', '/batch', batch([get(account)])],
  ['POST', '/batch', { body: '[]' }],
  ['POST', '/batch', { body: '{"requests":[],"requests":[]}' }],
  ['POST', '/batch', { body: '{"Requests":[]}' }],
  ['POST', '/batch', { body: '{}', headers: { 'content-type': 'text/plain' } }],
  [
    'POST',
    '/batch',
    { ...batch([get(account)]), headers: { 'content-type': 'application/json; charset=utf-16' } },
  ],
  ['POST', '/batch', { ...batch([get(account)]), headers: { 'x-http-method-override': 'GET' } }],
])('refuses %s %s as %j', async (method, path, parts) => {
  await expect(resolve(method, path, parts)).rejects.toMatchObject({ code: 'malformed_request' });
});

test('judges requests of a batch with numbers of any size', async () => {
  const body = `{"requests":[{"httpMethod":"PUT","url":"${account}","content":{"size":12345678901234567890}}]}`;
  expect(await actionsOf('POST', '/batch', { body })).toHaveLength(1);
});

test('does not resolve a batch of nothing', async () => {
  expect(await resolve('POST', '/batch', batch([]))).toEqual({ unresolved: 'the batch has no request' });
});

const graph = (requests: unknown, path = '/v1.0/$batch') =>
  ['POST', path, { host: 'graph.microsoft.com', body: { requests } }] as const;

test('judges every request of a batch of Graph by its own method (Z2)', async () => {
  const requests = [
    { id: '1', method: 'GET', url: '/me' },
    {
      id: '2',
      method: 'POST',
      url: 'users/u/sendMail',
      headers: { 'Content-Type': 'application/json' },
      body: {},
    },
    { id: '3', method: 'DELETE', url: '/groups/g?x=y', dependsOn: ['1'] },
  ];
  expect(await actionsOf(...graph(requests))).toEqual([
    { name: 'Microsoft.Graph/me/read', resource: 'graph.microsoft.com/me', part: '' },
    { name: 'Microsoft.Graph/users/action', resource: 'graph.microsoft.com/users/u/sendMail' },
    { name: 'Microsoft.Graph/groups/delete', resource: 'graph.microsoft.com/groups/g' },
  ]);
  expect(await actionsOf(...graph(requests, '/beta/%24batch'))).toHaveLength(3);
});

test('judges a request of a batch of Graph with spaces in its query', async () => {
  const requests = [{ id: '1', method: 'GET', url: "/me/messages?$filter=importance eq 'high'" }];
  expect(await actionsOf(...graph(requests))).toMatchObject([
    { resource: 'graph.microsoft.com/me/messages' },
  ]);
});

test.each([
  ['a batch in it', [{ id: '1', method: 'POST', url: '/$batch' }]],
  ['a batch in it, encoded', [{ id: '1', method: 'POST', url: '/%24BATCH' }]],
  ['a whole URL', [{ id: '1', method: 'GET', url: 'https://graph.microsoft.com/v1.0/me' }]],
  ['a URL of another host', [{ id: '1', method: 'GET', url: '//evil.example/me' }]],
  ['a path that climbs', [{ id: '1', method: 'GET', url: '/../beta/me' }]],
  ['a path of another version', [{ id: '1', method: 'GET', url: '/beta/me' }]],
  ['a space in front', [{ id: '1', method: 'GET', url: ' /me' }]],
  ['a fragment', [{ id: '1', method: 'GET', url: '/me#/users' }]],
  ['a credential in it', [{ id: '1', method: 'GET', url: '/me', headers: { authorization: 'Bearer x' } }]],
  ['a cookie in it', [{ id: '1', method: 'GET', url: '/me', headers: { Cookie: 'a=b' } }]],
  [
    'another method in it',
    [{ id: '1', method: 'GET', url: '/me', headers: { 'X-HTTP-Method-Override': 'DELETE' } }],
  ],
  ['a header that is no text', [{ id: '1', method: 'GET', url: '/me', headers: { a: 1 } }]],
  ['a member in another case', [{ id: '1', method: 'GET', Method: 'DELETE', url: '/me' }]],
  ['over 20 requests', Array.from({ length: 21 }, (_, i) => ({ id: `${i}`, method: 'GET', url: '/me' }))],
])('refuses a batch of Graph with %s', async (_, requests) => {
  await expect(resolve(...graph(requests))).rejects.toMatchObject({ code: 'malformed_request' });
});

test('says which request of a batch it does not know', async () => {
  const requests = [
    { id: '1', method: 'GET', url: '/me' },
    { id: '2', method: 'TRACE', url: '/me' },
  ];
  expect(await resolve(...graph(requests))).toEqual({
    unresolved: 'request 2 of the batch: "TRACE" is no method of Microsoft Graph',
  });
});
