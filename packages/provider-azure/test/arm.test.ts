import { requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { expect, test } from 'vitest';
import { createOperations } from '../src/arm/operations.ts';
import { createAzureScope } from '../src/scope.ts';
import { actionsOf, group, resolve } from './arm.ts';

const account = `${group}/providers/Microsoft.Storage/storageAccounts/a`;
const machine = `${group}/providers/Microsoft.Compute/virtualMachines/vm`;

/** Method and path: action, and the resource where it is not the path. */
const operations: readonly (readonly [string, string, string?])[] = [
  // structure
  [`GET ${account}`, 'Microsoft.Storage/storageAccounts/read'],
  [`HEAD ${account}`, 'Microsoft.Storage/storageAccounts/read'],
  [`PUT ${account}`, 'Microsoft.Storage/storageAccounts/write'],
  [`PATCH ${account}`, 'Microsoft.Storage/storageAccounts/write'],
  [`DELETE ${account}`, 'Microsoft.Storage/storageAccounts/delete'],
  [`GET ${group}/providers/Microsoft.Storage/storageAccounts`, 'Microsoft.Storage/storageAccounts/read'],
  [
    'GET /subscriptions/S/providers/Microsoft.Storage/storageAccounts',
    'Microsoft.Storage/storageAccounts/read',
  ],
  [
    `PUT ${account}/blobServices/default/containers/c`,
    'Microsoft.Storage/storageAccounts/blobServices/containers/write',
  ],
  [`POST ${account}/listKeys`, 'Microsoft.Storage/storageAccounts/listKeys/action', account],
  [`POST ${account}/regenerateKey`, 'Microsoft.Storage/storageAccounts/regenerateKey/action', account],
  [`POST ${account}/ListAccountSas`, 'Microsoft.Storage/storageAccounts/listAccountSas/action', account],
  [
    `POST ${group}/providers/Microsoft.DocumentDB/databaseAccounts/d/listConnectionStrings`,
    'Microsoft.DocumentDB/databaseAccounts/listConnectionStrings/action',
    `${group}/providers/Microsoft.DocumentDB/databaseAccounts/d`,
  ],
  [`POST ${machine}/powerOff`, 'Microsoft.Compute/virtualMachines/powerOff/action', machine],
  [
    `POST ${group}/providers/Microsoft.Web/sites/s/config/appsettings/list`,
    'Microsoft.Web/sites/config/list/action',
    `${group}/providers/Microsoft.Web/sites/s/config/appsettings`,
  ],
  // extension resources: the last provider counts
  [
    `PUT ${account}/providers/Microsoft.Authorization/roleAssignments/r`,
    'Microsoft.Authorization/roleAssignments/write',
  ],
  [
    `PUT ${group}/providers/Microsoft.Authorization/roleAssignments/r`,
    'Microsoft.Authorization/roleAssignments/write',
  ],
  [
    'PUT /subscriptions/S/providers/Microsoft.Authorization/roleAssignments/r',
    'Microsoft.Authorization/roleAssignments/write',
  ],
  [
    'DELETE /providers/Microsoft.Management/managementGroups/m/providers/Microsoft.Authorization/roleAssignments/r',
    'Microsoft.Authorization/roleAssignments/delete',
  ],
  [
    'GET /providers/Microsoft.Authorization/roleAssignments/r',
    'Microsoft.Authorization/roleAssignments/read',
  ],
  [
    `PUT ${account}/providers/Microsoft.Insights/diagnosticSettings/d`,
    'Microsoft.Insights/diagnosticSettings/write',
  ],
  [`PATCH ${account}/providers/Microsoft.Resources/tags/default`, 'Microsoft.Resources/tags/write'],
  [
    'PUT /providers/Microsoft.Management/managementGroups/m/subscriptions/S',
    'Microsoft.Management/managementGroups/subscriptions/write',
  ],
  // Resource Manager's own
  ['GET /subscriptions', 'Microsoft.Resources/subscriptions/read'],
  ['GET /subscriptions/S', 'Microsoft.Resources/subscriptions/read'],
  ['GET /subscriptions/S/locations', 'Microsoft.Resources/subscriptions/locations/read'],
  ['GET /tenants', 'Microsoft.Resources/tenants/read'],
  ['GET /providers', 'Microsoft.Resources/providers/read'],
  ['GET /providers/Microsoft.Storage', 'Microsoft.Resources/providers/read'],
  ['GET /subscriptions/S/providers', 'Microsoft.Resources/subscriptions/providers/read'],
  ['GET /subscriptions/S/providers/Microsoft.Storage', 'Microsoft.Resources/subscriptions/providers/read'],
  ['POST /subscriptions/S/providers/Microsoft.Storage/register', 'Microsoft.Storage/register/action'],
  ['GET /subscriptions/S/resourceGroups', 'Microsoft.Resources/subscriptions/resourceGroups/read'],
  [`PUT ${group}`, 'Microsoft.Resources/subscriptions/resourceGroups/write'],
  [`DELETE ${group}`, 'Microsoft.Resources/subscriptions/resourceGroups/delete'],
  [`GET ${group}/resources`, 'Microsoft.Resources/subscriptions/resourceGroups/resources/read'],
  ['GET /subscriptions/S/resources', 'Microsoft.Resources/subscriptions/resources/read'],
  [
    `POST ${group}/exportTemplate`,
    'Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action',
    group,
  ],
  ['PUT /subscriptions/S/tagNames/t', 'Microsoft.Resources/subscriptions/tagNames/write'],
  [
    'DELETE /subscriptions/S/tagNames/t/tagValues/v',
    'Microsoft.Resources/subscriptions/tagNames/tagValues/delete',
  ],
  [`GET ${group}/deployments/d/operations`, 'Microsoft.Resources/deployments/operations/read'],
  ['GET /subscriptions/S/operationresults/o', 'Microsoft.Resources/subscriptions/operationresults/read'],
  // exceptions
  [
    'POST /subscriptions/S/providers/Microsoft.Storage/checkNameAvailability',
    'Microsoft.Storage/checkNameAvailability/read',
  ],
  [
    'POST /subscriptions/S/providers/Microsoft.KeyVault/checkNameAvailability',
    'Microsoft.KeyVault/checkNameAvailability/read',
  ],
  [
    'POST /subscriptions/S/providers/Microsoft.Cache/checkNameAvailability',
    'Microsoft.Cache/checkNameAvailability/action',
  ],
  [
    'GET /subscriptions/S/providers/Microsoft.Features/providers/Microsoft.Compute/features/f',
    'Microsoft.Features/providers/features/read',
  ],
  [
    'POST /subscriptions/S/providers/Microsoft.Features/providers/Microsoft.Compute/features/f/register',
    'Microsoft.Features/providers/features/register/action',
    '/subscriptions/S/providers/Microsoft.Features/providers/Microsoft.Compute/features/f',
  ],
  [
    `POST ${group}/providers/Microsoft.ServiceBus/namespaces/n/authorizationRules/r`,
    'Microsoft.ServiceBus/namespaces/authorizationRules/write',
  ],
  [
    `POST ${group}/providers/Microsoft.EventHub/namespaces/n/eventhubs/e/AuthorizationRules/r`,
    'Microsoft.EventHub/namespaces/eventhubs/authorizationRules/write',
  ],
  [
    `POST ${group}/providers/Microsoft.ServiceBus/namespaces/n/authorizationRules/r/listKeys`,
    'Microsoft.ServiceBus/namespaces/authorizationRules/listKeys/action',
    `${group}/providers/Microsoft.ServiceBus/namespaces/n/authorizationRules/r`,
  ],
  [
    `PUT ${group}/providers/Microsoft.EventHub/namespaces/n/networkRuleSets/default`,
    'Microsoft.EventHub/namespaces/networkruleset/write',
  ],
  [
    `GET ${group}/providers/Microsoft.ServiceBus/namespaces/n/networkrulesets/default`,
    'Microsoft.ServiceBus/namespaces/networkruleset/read',
  ],
  [
    `POST ${group}/providers/Microsoft.Network/networkWatchers/w/nextHop`,
    'Microsoft.Network/networkWatchers/nextHop/read',
    `${group}/providers/Microsoft.Network/networkWatchers/w/nextHop`,
  ],
  [
    `POST ${group}/providers/Microsoft.Insights/components/c/WorkItemConfigs`,
    'Microsoft.Insights/components/workItemConfigs/write',
  ],
  [
    `POST ${group}/providers/Microsoft.Automation/automationAccounts/a/agentRegistrationInformation/regenerateKey`,
    'Microsoft.Automation/automationAccounts/agentRegistrationInformation/regenerateKey/action',
    `${group}/providers/Microsoft.Automation/automationAccounts/a/agentRegistrationInformation`,
  ],
  [
    `POST ${group}/providers/Microsoft.Search/searchServices/s/createQueryKey/k`,
    'Microsoft.Search/searchServices/createQueryKey/action',
  ],
  [
    `POST ${group}/providers/Microsoft.OperationalInsights/workspaces/w/providers/Microsoft.SecurityInsights/sourcecontrols/s/delete`,
    'Microsoft.SecurityInsights/SourceControls/delete',
    `${group}/providers/Microsoft.OperationalInsights/workspaces/w/providers/Microsoft.SecurityInsights/sourcecontrols/s`,
  ],
  [
    `PUT ${group}/providers/Microsoft.DBforMySQL/flexibleServers/s`,
    'Microsoft.DBforMySQL/flexibleServers/write',
  ],
  [
    `GET ${group}/providers/Microsoft.HDInsight/clusterpools/p/clusters/c`,
    'Microsoft.HDInsight/clusterpools/clusters/read',
  ],
  [
    'PUT /subscriptions/S/providers/Microsoft.Features/providers/Microsoft.Authorization/roleAssignments/x',
    'Microsoft.Authorization/roleAssignments/write',
  ],
  [
    'PUT /subscriptions/S/providers/Microsoft.Features/providers/A.B/features/f/providers/Microsoft.Authorization/roleAssignments/x',
    'Microsoft.Authorization/roleAssignments/write',
  ],
];

test.each([
  `POST ${group}/providers/Microsoft.OperationalInsights/workspaces/w/api/query`,
  `GET ${group}/providers/Microsoft.OperationalInsights/workspaces/w/api/query?query=T`,
  `POST ${group}/providers/Microsoft.OperationalInsights/workspaces/w/query`,
  `GET ${group}/providers/Microsoft.OperationalInsights/workspaces/w/savedSearches/s/results`,
  `POST ${group}/providers/Microsoft.Insights/components/c/api/query`,
  `POST ${group}/providers/Microsoft.Insights/components/c/analytics/query`,
  `PUT ${group}/deployments/d`,
  `POST ${group}/providers/Microsoft.Network/networkWatchers/w/topology`,
])('does not vouch for what %s reaches', async (request) => {
  const [method = '', path = ''] = request.split(' ');
  expect(await actionsOf(method, path)).toMatchObject([{ reach: 'any' }]);
});

test.each(operations)('names %s', async (request = '', name, resource) => {
  const [method = '', path = ''] = request.split(' ');
  const [action, ...others] = await actionsOf(method, `${path}?api-version=2024-01-01`);
  expect(others).toEqual([]);
  expect(action).toMatchObject({ name, resource: resource ?? path });
});

/** Z1: other spellings of one request. */
const spellings: readonly string[] = [
  '/SUBSCRIPTIONS/S/resourcegroups/RG/providers/microsoft.storage/storageaccounts/a',
  '//subscriptions/S/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/a',
  '/subscriptions/S/resourceGroups/RG/PROVIDERS/MICROSOFT.STORAGE/STORAGEACCOUNTS/a/',
  '/subscriptions/S/resource%47roups/RG/provider%73/Microsoft%2EStorage/storageAccounts/%61',
  '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/a/?api%2Dversion=2024-01-01',
];

test.each(spellings)('means the same by %s (Z1)', async (path) => {
  const [action] = await actionsOf('DELETE', path);
  expect(action?.name).toBe('Microsoft.Storage/storageAccounts/delete');
  expect(action?.resource?.toLowerCase()).toBe(account.toLowerCase());
  const { decide } = compilePolicy({
    name: 'az',
    type: 'azure',
    policy: { allow: ['*'], deny: ['microsoft.STORAGE/storageaccounts/Delete'] },
    plugin: {},
    scope: () => undefined,
    hasScope: false,
  });
  const request = requestFor({ method: 'DELETE', url: `https://management.azure.com${path}` });
  expect(decide(request, await resolve('DELETE', path))).toMatchObject({
    effect: 'deny',
    rule: 'policy.deny[0]',
  });
});

test.each([
  ['GET', '/subscriptions/S//resourceGroups/RG'],
  ['GET', '/subscriptions/S/resourceGroups/RG/../RG2'],
  ['GET', '/subscriptions/S/resourceGroups/%2e%2e/RG2'],
  ['GET', '/subscriptions/S/resourceGroups/RG%2Fproviders%2FMicrosoft.Storage'],
  ['GET', '/subscriptions/S/resourceGroups/RG%252Fx'],
  ['GET', '/subscriptions/S/resourceGroups/RG%3Fx'],
  ['GET', '/subscriptions/S/resourceGroups/a\\b'],
  ['GET', '/subscriptions/S/resourceGroups/providers/providers/Microsoft.Storage/storageAccounts/a'],
  ['GET', `${machine.replace('/vm', '/providers')}/extensions/Microsoft.Evil`],
  [
    'GET',
    `${group}/providers/Microsoft.Compute/virtualMachines/providers/Microsoft.Storage/storageAccounts/a`,
  ],
  ['GET', `${group}/providers/Storage/storageAccounts/a`],
  ['GET', `${account}/providers`],
  ['GET', '/somewhere/else/providers/Microsoft.Storage/storageAccounts/a'],
  ['GET', '/'],
  ['POST', `${account}/listKeys.`],
  ['POST', `${account}/listKeys%20`],
  ['POST', `${account}/list%E2%84%AAeys`],
  ['POST', `${account}/listKeys;a=b`],
  ['GET', `${account}.`],
  ['POST', '/api/invoke'],
  ['POST', '/subscriptions/S'],
  ['POST', group],
  ['DELETE', '/subscriptions/S/locations'],
  ['OPTIONS', account],
  ['get', account],
  ['MERGE', account],
])('does not guess what %s %s means', async (method, path) => {
  await expect(resolve(method, path)).rejects.toMatchObject({ code: 'malformed_request' });
});

test.each([
  ['x-http-method-override', 'DELETE'],
  ['X-HTTP-Method', 'DELETE'],
  ['x-ms-path-query', '/subscriptions/T'],
])('refuses %s, which asks for something else', async (name, value) => {
  await expect(resolve('GET', account, { headers: { [name]: value } })).rejects.toMatchObject({
    code: 'malformed_request',
  });
});

/** Z3: POSTs that give secrets are no reads. */
test.each([
  ['listKeys', 'Microsoft.Storage/storageAccounts/listKeys/action'],
  ['LISTKEYS', 'Microsoft.Storage/storageAccounts/listKeys/action'],
  ['listAccountSas', 'Microsoft.Storage/storageAccounts/listAccountSas/action'],
  ['listServiceSas', 'Microsoft.Storage/storageAccounts/listServiceSas/action'],
])('takes %s for an action, which no pattern of reads allows (Z3)', async (verb, name) => {
  const resolution = await resolve('POST', `${account}/${verb}`);
  expect(resolution).toMatchObject({ actions: [{ name, resource: account }] });
  const policyOf = (allow: readonly string[]) =>
    compilePolicy({
      name: 'az',
      type: 'azure',
      policy: { allow: [...allow] },
      plugin: {},
      scope: () => undefined,
      hasScope: false,
    });
  const request = requestFor({ method: 'POST', url: `https://management.azure.com${account}/${verb}` });
  expect(policyOf(['*/read']).decide(request, resolution).effect).toBe('deny');
  expect(policyOf([name]).decide(request, resolution).effect).toBe('allow');
});

test.each([
  ['PUT', `${group}/providers/Microsoft.Resources/deployments/d`, 'Microsoft.Resources/deployments/write'],
  [
    'PUT',
    '/providers/Microsoft.Management/managementGroups/m/providers/Microsoft.Resources/deployments/d',
    'Microsoft.Resources/deployments/write',
  ],
  ['PUT', '/providers/Microsoft.Resources/deployments/d', 'Microsoft.Resources/deployments/write'],
  ['PUT', `${group}/deployments/d`, 'Microsoft.Resources/deployments/write'],
  [
    'POST',
    `${group}/providers/Microsoft.Resources/deployments/d/validate`,
    'Microsoft.Resources/deployments/validate/action',
  ],
  [
    'POST',
    `${group}/providers/Microsoft.Resources/deployments/d/whatIf`,
    'Microsoft.Resources/deployments/whatIf/action',
  ],
  [
    'PUT',
    `${group}/providers/Microsoft.Resources/deploymentStacks/d`,
    'Microsoft.Resources/deploymentStacks/write',
  ],
  ['POST', '/providers/Microsoft.ResourceGraph/resources', 'Microsoft.ResourceGraph/resources/read'],
  [
    'POST',
    `${group}/providers/Microsoft.OperationalInsights/workspaces/w/query`,
    'Microsoft.OperationalInsights/workspaces/query/action',
  ],
])('knows that %s %s reaches what it does not name', async (method, path, name) => {
  const [action] = await actionsOf(method, path, { body: { properties: {} } });
  expect(action).toMatchObject({ name, reach: 'any' });
  const scope = createAzureScope(['/*']);
  expect(scope(action as NonNullable<typeof action>)).toMatchObject({ rule: 'scope.resources' });
});

test('watches operations that the service has told of, whatever the scope (Z5)', async () => {
  const operationsOf = createOperations(2);
  const url = (id: string, host = 'management.azure.com') =>
    `https://${host}/subscriptions/S/providers/Microsoft.Compute/locations/eastus/operations/${id}?api-version=1`;
  const headers = ['Azure-AsyncOperation', url('a'), 'Location', url('b', 'evil.example')];
  operationsOf.take(headers);
  operationsOf.take(['location', `https://management.azure.com${account}`]);
  expect(headers).toEqual(['Azure-AsyncOperation', url('a'), 'Location', url('b', 'evil.example')]);
  const watch = (id: string) => actionsOf('GET', new URL(url(id)).pathname, {}, { operations: operationsOf });
  const name = 'Microsoft.Compute/locations/operations/read';
  expect(await watch('a')).toEqual([{ name }]);
  expect(await watch('b')).toMatchObject([{ name, resource: expect.stringContaining('/operations/b') }]);
  expect(await actionsOf('GET', account, {}, { operations: operationsOf })).toMatchObject([
    { resource: account },
  ]);
  operationsOf.take(['location', url('c'), 'azure-asyncoperation', url('d', 'eastus.management.azure.com')]);
  expect(await watch('a')).not.toEqual([{ name }]);
  expect(await watch('d')).toEqual([{ name }]);
});
