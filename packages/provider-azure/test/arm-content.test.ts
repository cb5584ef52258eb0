import { expect, test } from 'vitest';
import { createAzureScope } from '../src/scope.ts';
import { actionsOf, group, resolve } from './arm.ts';

const disk = `${group}/providers/Microsoft.Compute/disks/d`;
const other = '/subscriptions/S/resourceGroups/OTHER/providers/Microsoft.Compute/disks/secret';
const write = 'Microsoft.Compute/disks/write';

/** Content that names another resource. */
const contents: readonly (readonly [string, unknown])[] = [
  ['a value', { properties: { creationData: { sourceResourceId: other } } }],
  ['a key', { identity: { userAssignedIdentities: { [other]: {} } } }],
  ['an item of a list', { properties: { zones: [{ id: other }] } }],
  ['a URL', { properties: { sourceUri: `https://management.azure.com${other}?api-version=1` } }],
  ['a URL in clear', { properties: { sourceUri: `http://management.azure.com:80${other}` } }],
  ['another case', { properties: { id: other.replace('subscriptions', 'SUBSCRIPTIONS') } }],
  ['doubled slashes', { properties: { id: `/${other}` } }],
  ['no first slash', { properties: { id: other.slice(1) } }],
  ['an escape of JSON', `{"properties":{"id":"${other.replace('/s', '\\u002fs')}"}}`],
];

test.each(contents)('takes an id in %s for something that the request touches', async (_, body) => {
  const actions = await actionsOf('PUT', disk, { body });
  expect(actions).toHaveLength(2);
  expect(actions[0]).toEqual({ name: write, resource: disk });
  expect(actions[1]?.name).toBe(write);
  expect(actions[1]?.resource?.toLowerCase()).toBe(other.toLowerCase());
  const scope = createAzureScope([`${group}/*`]);
  expect(actions.map((action) => scope(action)?.rule)).toEqual([undefined, 'scope.resources']);
});

test('takes a resource that names itself, and roles and policies that it refers to, for nothing more', async () => {
  const body = {
    id: disk.toUpperCase(),
    properties: {
      roleDefinitionId: '/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/r',
      policyDefinitionId: '/providers/Microsoft.Authorization/policyDefinitions/p',
    },
  };
  expect(await actionsOf('PUT', disk, { body })).toEqual([{ name: write, resource: disk }]);
});

test('names every resource that is moved, and the group that it is moved to', async () => {
  const body = { resources: [disk, other], targetResourceGroup: '/subscriptions/T/resourceGroups/TARGET' };
  const actions = await actionsOf('POST', `${group}/moveResources`, { body });
  const name = 'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action';
  expect(actions).toEqual(
    [group, disk, other, '/subscriptions/T/resourceGroups/TARGET'].map((resource) => ({ name, resource })),
  );
});

test.each(['text/powershell', 'application/json; charset=utf-7', 'application/xml'])(
  'does not vouch for content that is %s',
  async (type) => {
    const parts = { body: '{"a":"+AC8-subscriptions"}', headers: { 'content-type': type } };
    const path = `${group}/providers/Microsoft.Automation/automationAccounts/a/runbooks/r/draft/content`;
    expect(await actionsOf('PUT', path, parts)).toMatchObject([{ resource: path, reach: 'any' }]);
  },
);

test.each([
  '/subscriptions/S/resourceGroups/RG/../OTHER/providers/A.B/c/d',
  '/subscriptions/S/resourceGroups/RG%2F..%2FOTHER',
  '/subscriptions//S',
  '/providers/providers/x',
])('does not vouch for content with %s in it', async (id) => {
  const actions = await actionsOf('PUT', disk, { body: { properties: { id } } });
  expect(actions).toEqual([{ name: write, resource: disk, reach: 'any' }]);
});

test('does not vouch for content with more ids than any request has', async () => {
  const body = { ids: Array.from({ length: 1_001 }, (_, i) => `${group}/providers/A.B/c/${i}`) };
  expect(await actionsOf('PUT', disk, { body })).toEqual([{ name: write, resource: disk, reach: 'any' }]);
});

test('takes no two letters for one because of their other case', async () => {
  const kelvin = '/subscriptions/S/resourceGroups/\u212a/providers/A.B/c/d';
  const body = { ids: [kelvin, kelvin.replace('\u212a', 'k'), kelvin.replace('\u212a', 'K')] };
  expect(await actionsOf('PUT', disk, { body })).toHaveLength(3);
  const scope = createAzureScope(['/subscriptions/S/resourceGroups/k/*']);
  expect(scope({ name: write, resource: kelvin })).toBeDefined();
});

test.each([
  ['a key twice', '{"a":1,"a":2}', {}],
  ['no JSON', '{', {}],
  ['an encoding that is not known', '{}', { 'content-encoding': 'br' }],
  ['no type', '{}', { 'content-type': '' }],
])('refuses content with %s', async (_, body, headers) => {
  await expect(resolve('PUT', disk, { body, headers })).rejects.toMatchObject({ code: 'malformed_request' });
});

test('refuses content that is larger than Resource Manager takes', async () => {
  const body = JSON.stringify({ a: 'x'.repeat(4 * 1024 * 1024) });
  await expect(resolve('PUT', disk, { body })).rejects.toMatchObject({ code: 'body_too_large' });
});

/** Request: the regions that it names. */
const regions: readonly (readonly [string, string, unknown, readonly string[]])[] = [
  ['PUT', disk, { location: 'West Europe' }, ['westeurope']],
  ['PATCH', disk, { LOCATION: 'WestEurope' }, ['westeurope']],
  ['PUT', disk, { location: 'global' }, []],
  ['PUT', disk, { tags: {} }, []],
  ['PUT', disk, { location: 7 }, ['7']],
  ['GET', '/subscriptions/S/providers/Microsoft.Compute/locations/eastus/vmSizes', undefined, ['eastus']],
  [
    'PUT',
    '/subscriptions/S/providers/Microsoft.Foo/locations/eastus/things/t',
    { location: 'westus' },
    ['eastus', 'westus'],
  ],
];

test.each(regions)('reads the regions of %s %s with %j', async (method, path, body, expected) => {
  const actions = await actionsOf(method, path, body === undefined ? {} : { body });
  expect(actions.flatMap(({ region }) => region ?? [])).toEqual(expected);
});

test('holds what names another region to be outside', async () => {
  const scope = createAzureScope(undefined, { region: 'westeurope' });
  const [inside] = await actionsOf('PUT', disk, { body: { location: 'West Europe' } });
  const [outside] = await actionsOf('PUT', disk, { body: { location: 'eastus' } });
  const [none] = await actionsOf('GET', disk);
  if (inside === undefined || outside === undefined || none === undefined) throw new Error('no action');
  expect(scope(inside)).toBeUndefined();
  expect(scope(none)).toBeUndefined();
  expect(scope(outside)).toEqual({
    rule: 'config.region',
    reason: 'it is in region "eastus", and config.region is westeurope; use that region',
  });
});
