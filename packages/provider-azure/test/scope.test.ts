import type { Action } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { expect, test } from 'vitest';
import { patternsOf } from '../src/patterns.ts';
import { createAzureScope } from '../src/scope.ts';
import { serviceOf } from '../src/services.ts';
import { actionsOf, group } from './arm.ts';

const account = `${group}/providers/Microsoft.Storage/storageAccounts/a`;
const blob = 'acct.blob.core.windows.net/c/dir/x.txt';

/** Pattern, resource, and whether the one holds the other. */
const holds: readonly (readonly [string, string, boolean])[] = [
  ['*', account, true],
  ['*', blob, true],
  [`${group}/*`, account, true],
  [`${group}/*`, account.toUpperCase(), true],
  [`${group.toLowerCase()}/*`, account, true],
  [`${group}/*`, group, false],
  [group, group, true],
  [group, account, false],
  [`${group}*`, '/subscriptions/S/resourceGroups/RG2/providers/A.B/c/d', true],
  [`${group}/*`, '/subscriptions/S/resourceGroups/RG2/providers/A.B/c/d', false],
  ['/subscriptions/*/resourceGroups/prod/*', '/subscriptions/S/resourceGroups/prod/providers/A.B/c/d', true],
  [
    '/subscriptions/*/resourceGroups/prod/*',
    '/subscriptions/S/resourceGroups/evil/providers/A.B/resourceGroups/prod/c/d',
    false,
  ],
  [
    '/subscriptions/*/resourceGroups/prod/*',
    '/subscriptions/S/providers/A.B/locations/l/resourceGroups/prod/c/d',
    false,
  ],
  [
    '/subscriptions/S/resourceGroups/prod-*/providers/A.B/*',
    '/subscriptions/S/resourceGroups/prod-1/providers/X.Y/z/n/providers/A.B/c/d',
    false,
  ],
  ['/subscriptions/S/*', account, true],
  ['/subscriptions/S/*', '/subscriptions/T/resourceGroups/RG', false],
  ['/subscriptions/S/resourceGroups/R?/*', account, true],
  ['/subscriptions/*/storageAccounts/a', account, true],
  [
    '/providers/Microsoft.Management/managementGroups/m/*',
    '/providers/Microsoft.Management/managementGroups/m/x/y',
    true,
  ],
  [`${group}/*`, blob, false],
  ['acct.blob.core.windows.net/c/*', blob, true],
  ['ACCT.blob.core.windows.net/c/*', blob, true],
  ['acct.blob.core.windows.net/c/dir/X.txt', blob, false],
  ['acct.blob.core.windows.net/c/*', 'acct.blob.core.windows.net/c', false],
  ['*.blob.core.windows.net/c/*', blob, true],
  ['*.blob.core.windows.net/c/*', 'other.vault.azure.net/x.blob.core.windows.net/c/y', false],
  ['acct.blob.core.windows.net/c/*', account, false],
];

test.each(holds)('pattern %s and %s: %j', (pattern, resource, expected) => {
  const outside = createAzureScope([pattern])({ name: 'A.B/c/write', resource });
  expect(outside === undefined).toBe(expected);
});

test.each([
  ['', 'is empty'],
  ['https://management.azure.com/subscriptions/S', 'is a URL'],
  ['https://acct.blob.core.windows.net/c', 'is a URL'],
  ['/subscriptions/S/', 'has a slash too many'],
  ['//subscriptions/S', 'has a slash too many'],
  ['/resourceGroups/RG', 'is no id of Resource Manager'],
  ['resourceGroups/RG', 'begins with no host and no slash'],
  ['subscriptions/S', 'begins with no host and no slash'],
  ['acct.blob.core.windows.net*', 'ends in the middle of a host'],
  ['acct.blob.core.windows.net/my file', 'has white space'],
])('refuses the pattern %j', (pattern, why) => {
  expect(() => createAzureScope([pattern])).toThrow(new RegExp(`scope\\.resources\\[0\\].*${why}|${why}`));
});

/** A listing's pattern, request, and whether it is inside. */
const listings: readonly (readonly [string, string, boolean])[] = [
  [`${group}/*`, `GET ${group}/providers/Microsoft.Storage/storageAccounts`, true],
  [`${group}/*`, `GET ${group}/resources`, true],
  [
    `${group}/providers/Microsoft.Storage/storageAccounts/*`,
    `GET ${group}/providers/Microsoft.Storage/storageAccounts`,
    true,
  ],
  [
    `${group}/providers/Microsoft.Storage/storageAccounts/a`,
    `GET ${group}/providers/Microsoft.Storage/storageAccounts`,
    false,
  ],
  [
    `${group}/providers/Microsoft.Storage/storageAccounts/a*`,
    `GET ${group}/providers/Microsoft.Storage/storageAccounts`,
    false,
  ],
  [`${group}/*`, 'GET /subscriptions/S/providers/Microsoft.Storage/storageAccounts', false],
  [`${group}/*`, 'GET /subscriptions/S/resourceGroups', false],
  ['/subscriptions/S/resourceGroups/*', 'GET /subscriptions/S/resourceGroups', true],
  ['/subscriptions/S/resourceGroups/*', 'GET /subscriptions', false],
  ['/subscriptions/S/*', 'GET /subscriptions/S/providers/Microsoft.Storage/storageAccounts', true],
  // whether a scope is there
  [`${group}/*`, `GET ${group}`, true],
  [`${group}/providers/Microsoft.Storage/*`, `HEAD ${group}`, true],
  [`${group}/*`, 'GET /subscriptions/S', true],
  [`${group}/*`, 'GET /subscriptions/T', false],
  [`${group}/*`, 'GET /subscriptions/S/resourceGroups/RG2', false],
  ['acct.blob.core.windows.net/c/*', `GET ${group}`, false],
  [`${group}/*`, `PUT ${group}`, false],
  [`${group}/*`, `DELETE ${group}`, false],
  [`${group}/*`, `POST ${group}/exportTemplate`, false],
  // inside as any other
  [`${group}/*`, `PUT ${account}/providers/Microsoft.Authorization/roleAssignments/r`, true],
];

test.each(listings)('a scope of %s and %s: %j', async (pattern, request, expected) => {
  const [method = '', path = ''] = request.split(' ');
  const scope = createAzureScope([pattern]);
  const actions = await actionsOf(method, path);
  expect(actions.every((action) => scope(action) === undefined)).toBe(expected);
});

test('holds a listing of a container when a pattern holds what its prefix may find', () => {
  const scope = createAzureScope(['acct.blob.core.windows.net/c/dir/*']);
  const name = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read';
  const list = (part: string, changed: Partial<Action> = {}) =>
    scope({ name, resource: 'acct.blob.core.windows.net/c', part, ...changed });
  expect(list('dir/')).toBeUndefined();
  expect(list('dir/sub')).toBeUndefined();
  expect(list('di')?.reason).toMatch(
    /it lists "acct\.blob\.core\.windows\.net\/c", and no pattern of scope\.resources holds what begins with "di" there/,
  );
  expect(list('')?.reason).toMatch(/holds everything in it/);
  expect(
    list('dir/', { name: 'Microsoft.Storage/storageAccounts/blobServices/containers/write' }),
  ).toBeDefined();
  expect(list('dir/', { reach: 'any' })).toBeDefined();
  expect(list('', { resource: 'acct.blob.core.windows.net/d' })?.reason).toMatch(
    /is not in scope\.resources/,
  );
});

test('holds nothing with an empty list, and everything without one', () => {
  const action = { name: 'A.B/c/read', resource: account };
  expect(createAzureScope([])(action)).toBeDefined();
  expect(createAzureScope(undefined)(action)).toBeUndefined();
  expect(createAzureScope(['*'])({ ...action, reach: 'any' })).toBeUndefined();
});

test.each([
  ['Microsoft.Storage/storageAccounts/read', ['microsoft.storage'], true],
  ['Microsoft.Storage/storageAccounts/read', ['Storage'], true],
  ['Microsoft.KeyVault/vaults/secrets/getSecret/action', ['keyvault'], true],
  ['Microsoft.Storage/storageAccounts/read', ['keyvault'], false],
  ['NGINX.NGINXPLUS/deployments/read', ['nginxplus'], false],
  ['NGINX.NGINXPLUS/deployments/read', ['nginx.nginxplus'], true],
])('%s with config.services %j: %j', (name, services, expected) => {
  const { decide } = compilePolicy({
    name: 'az',
    type: 'azure',
    policy: { allow: ['*'] },
    services,
    plugin: { serviceOf },
    scope: () => undefined,
    hasScope: false,
  });
  const verdict = decide(requestFor({ url: 'https://management.azure.com/' }), { actions: [{ name }] });
  expect(verdict.effect === 'allow').toBe(expected);
});

test('rewrites the names that paths have for types which operations call otherwise', () => {
  const canonical = 'Microsoft.EventHub/namespaces/networkruleset/*';
  expect(patternsOf('microsoft.eventhub/namespaces/NetworkRuleSets/*')).toEqual([canonical]);
  expect(patternsOf(canonical)).toEqual([canonical]);
  expect(patternsOf('Microsoft.EventHub/namespaces/networkRuleSetsX/*')).toEqual([
    'Microsoft.EventHub/namespaces/networkRuleSetsX/*',
  ]);
});
