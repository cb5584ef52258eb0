import { expect, test } from 'vitest';
import { createEndpoints } from '../src/endpoints.ts';
import { createAzureScope } from '../src/scope.ts';
import { actionsOf, resolve } from './arm.ts';

const host = 'graph.microsoft.com';

/** Request: action, and the path of the resource where it is not that of the request. */
const requests: readonly (readonly [string, string, string?])[] = [
  ['GET /v1.0/me', 'me/read', 'me'],
  ['GET /beta/me', 'me/read', 'me'],
  ['GET /V1.0/users/', 'users/read', 'users'],
  ['GET /v1.0/users/u/messages?$top=5', 'users/read', 'users/u/messages'],
  ["GET /v1.0/users('u')/messages", 'users/read', "users('u')/messages"],
  ['GET /v1.0/groups/g/members/microsoft.graph.user', 'groups/read', 'groups/g/members/microsoft.graph.user'],
  ['GET /v1.0/users/u/photo/$value', 'users/read', 'users/u/photo/$value'],
  ['GET /v1.0/drives/d/root:/a%20b/c.txt:/content', 'drives/read', 'drives/d/root:/a b/c.txt:/content'],
  ['POST /v1.0/users', 'users/write', 'users'],
  ['POST /v1.0/users/u/messages', 'users/write', 'users/u/messages'],
  ['POST /v1.0/groups/g/members/$ref', 'groups/write', 'groups/g/members/$ref'],
  ['DELETE /v1.0/groups/g/members/m/$ref', 'groups/delete', 'groups/g/members/m/$ref'],
  ['PATCH /v1.0/users/u', 'users/write', 'users/u'],
  ['PUT /v1.0/me/photo/$value', 'me/write', 'me/photo/$value'],
  ['DELETE /v1.0/users/u', 'users/delete', 'users/u'],
  ['POST /v1.0/me/sendMail', 'me/action', 'me/sendMail'],
  ['POST /v1.0/me/microsoft.graph.sendMail', 'me/action', 'me/microsoft.graph.sendMail'],
  ['POST /v1.0/users/u/getMemberGroups', 'users/action', 'users/u/getMemberGroups'],
  ['POST /v1.0/users/u/revokeSignInSessions', 'users/action', 'users/u/revokeSignInSessions'],
  ['POST /v1.0/applications/a/addPassword', 'applications/action', 'applications/a/addPassword'],
  ['GET /v1.0/users/delta()', 'users/read', 'users/delta()'],
];

test.each(requests)('names %s', async (request = '', name, path) => {
  const [method = '', target = ''] = request.split(' ');
  const [action, ...others] = await actionsOf(method, target, { host });
  expect(others).toEqual([]);
  expect(action).toMatchObject({ name: `Microsoft.Graph/${name}`, resource: `${host}/${path}` });
});

test('takes a POST that may create something and may be a call for both', async () => {
  const resource = `${host}/teams/t/schedule`;
  expect(await actionsOf('POST', '/v1.0/teams/t/schedule', { host })).toEqual([
    { name: 'Microsoft.Graph/teams/action', resource },
  ]);
  expect(await actionsOf('POST', '/v1.0/drives/d/items/i/children/content', { host })).toEqual([
    { name: 'Microsoft.Graph/drives/write', resource: `${host}/drives/d/items/i/children/content` },
    { name: 'Microsoft.Graph/drives/action', resource: `${host}/drives/d/items/i/children/content` },
  ]);
});

test.each([
  ['GET', '/me'],
  ['GET', '/v1.0'],
  ['GET', '/v2.0/me'],
  ['GET', '/v1.0//me'],
  ['GET', '/v1.0/users/../groups'],
  ['GET', '/v1.0/users%2Fu'],
  ['GET', '/v1.0/$metadata'],
  ['GET', '/v1.0/users/u%3Fx'],
])('does not guess what %s %s means', async (method, target) => {
  await expect(resolve(method, target, { host })).rejects.toMatchObject({ code: 'malformed_request' });
});

test('refuses another method in a header', async () => {
  const headers = { 'X-HTTP-Method': 'DELETE' };
  await expect(resolve('POST', '/v1.0/users/u', { host, headers })).rejects.toMatchObject({
    code: 'malformed_request',
  });
});

test('keeps reads of what is below a path inside a pattern that holds all of it', async () => {
  const scope = createAzureScope([`${host}/users/u/messages/*`]);
  const inside = async (method: string, target: string) =>
    (await actionsOf(method, target, { host })).every((action) => scope(action) === undefined);
  expect(await inside('GET', '/v1.0/users/u/messages')).toBe(true);
  expect(await inside('GET', '/v1.0/users/u/messages/m')).toBe(true);
  expect(await inside('GET', '/v1.0/users/u')).toBe(false);
  expect(await inside('GET', '/v1.0/users/v/messages')).toBe(false);
  expect(await inside('POST', '/v1.0/users/u/messages')).toBe(false);
});

test('names the host of another cloud', async () => {
  const { find } = createEndpoints({ cloud: 'usgov' });
  const actions = await actionsOf('GET', '/v1.0/me', { host: 'graph.microsoft.us' }, { readEndpoint: find });
  expect(actions).toMatchObject([{ resource: 'graph.microsoft.us/me' }]);
});
