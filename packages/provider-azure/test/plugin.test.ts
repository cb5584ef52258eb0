import { createPipeline } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { azure } from '../src/index.ts';
import { attach, specOf, start } from './azure.ts';
import { contextFor, createEntraService, stored, tenantId } from './entra-service.ts';

const subscription = '/subscriptions/11111111-1111-4111-8111-111111111111';
const group = `${subscription}/resourceGroups/prod`;
const arm = 'https://management.azure.com';

describe('the spec', () => {
  const auth = { type: 'azure-client-credentials', secretRef: 'azure-app' };
  test.each([
    [{ auth }, true],
    [{ auth, config: { tenantId: 'contoso.onmicrosoft.com', cloud: 'china', region: 'China East 2' } }, true],
    [{ auth, config: { services: ['Microsoft.Storage', 'keyvault'] } }, true],
    [{ auth: { type: 'azure-managed-identity' } }, true],
    [{ auth: { type: 'azure-managed-identity', clientId: tenantId } }, true],
    [{ auth: { type: 'azure-managed-identity', secretRef: 'x' } }, false],
    [{ auth: { type: 'azure-managed-identity', clientId: 'me' } }, false],
    [{ auth: { type: 'azure-client-credentials' } }, false],
    [{ auth: { ...auth, secretKey: 'token' } }, false],
    [{ auth, config: { tenantId: 'a/b' } }, false],
    [{ auth, config: { tenantId: '-' } }, false],
    [{ auth, config: { cloud: 'germany' } }, false],
    [{ auth, config: { region: 'eastus/../x' } }, false],
  ])('%# is valid: %j', (parts, expected) => {
    expect(Value.Check(azure.spec, { type: 'azure', ...parts })).toBe(expected);
  });

  test.each([
    [{ host: 'storage.example.com' }, /^spec\.host: "storage\.example\.com" is no host of a service/],
    [{ host: 'acct.blob.core.chinacloudapi.cn' }, /no host of a service that is known in the public cloud/],
    [{ host: '**.windows.net' }, /^spec\.host: /],
    [{ scope: { resources: ['acct'] } }, /^scope\.resources\[0\]: pattern "acct"/],
  ])('%j is a slip that is told with its place', (parts, message) => {
    expect(() => start(parts)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
  });
});

test.each([
  ['nothing', {}, 'allow'],
  ['the region', { region: 'westeurope' }, 'deny'],
  ['the services', { services: ['storage'] }, 'deny'],
])(
  'a request that cannot be read passes a lone * only while the configuration holds %s',
  async (_, config, decision) => {
    const { judge } = start({ config, policy: { allow: ['*'] } });
    const unread = { method: 'GET', url: `${arm}/no/such/path` };
    expect((await judge(unread)).event).toMatchObject({ decision, actions: [] });
  },
);

const example = {
  config: { services: ['Microsoft.Storage', 'keyvault', 'resources'] },
  policy: {
    allow: [
      'Microsoft.Storage/*',
      'Microsoft.KeyVault/vaults/secrets/*',
      'Microsoft.Resources/*',
      'Microsoft.Graph/*',
    ],
    deny: ['*/delete', 'Microsoft.Storage/storageAccounts/listKeys/action'],
  },
  scope: { resources: [`${group}/*`, 'acct.blob.core.windows.net/data/*', 'v.vault.azure.net/secrets/*'] },
};

describe('a Provider with lists of everything', () => {
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/acct`;
  test.each([
    ['GET', `${arm}${account}?api-version=2023-01-01`, 'allow', 'policy.allow[0]'],
    ['GET', `${arm}${account.toUpperCase()}?api-version=2023-01-01`, 'allow', 'policy.allow[0]'],
    ['POST', `${arm}${account}/listKeys?api-version=2023-01-01`, 'deny', 'policy.deny[1]'],
    ['DELETE', `${arm}${account}?api-version=2023-01-01`, 'deny', 'policy.deny[0]'],
    ['GET', `${arm}${account.replace('prod', 'test')}?api-version=2023-01-01`, 'deny', 'scope.resources'],
    ['GET', 'https://acct.blob.core.windows.net/data/a/b', 'allow', 'policy.allow[0]'],
    ['GET', 'https://acct.blob.core.windows.net/other/a', 'deny', 'scope.resources'],
    ['GET', 'https://other.blob.core.windows.net/data/a', 'deny', 'scope.resources'],
    ['GET', 'https://v.vault.azure.net/secrets/s?api-version=7.4', 'allow', 'policy.allow[1]'],
    ['GET', 'https://v.vault.azure.net/keys/k?api-version=7.4', 'deny', 'policy.allow'],
    ['GET', 'https://graph.microsoft.com/v1.0/users', 'deny', 'config.services'],
  ])('%s %s: %s by %s', async (method, url, decision, rule) => {
    const { event } = await start(example).judge({ method, url, headers: { 'x-ms-version': '2023-11-03' } });
    expect({ decision: event.decision, rule: event.rule }, event.reason).toEqual({ decision, rule });
  });
});

describe('an operation that takes long', () => {
  const status = `${subscription}/providers/Microsoft.Compute/locations/eastus/operations/op-1?api-version=2024-07-01`;
  const parts = { policy: { allow: ['Microsoft.Compute/*'] }, scope: { resources: [`${group}/*`] } };

  test.each([
    [
      'Resource Manager',
      `${arm}${group}/providers/Microsoft.Compute/virtualMachines/vm?api-version=2024-07-01`,
      true,
    ],
    ['another service', 'https://acct.blob.core.windows.net/c/b', false],
  ])('is watched outside the scope when %s has named it (Z5): %s %s', async (_what, url, isWatched) => {
    const { judge, provider } = start(parts);
    expect((await judge({ url: arm + status })).event.decision).toBe('deny');
    const head = { status: 202, headers: ['Azure-AsyncOperation', arm + status] };
    expect(provider.filter?.(head, requestFor({ method: 'PUT', url }))).toBeUndefined();
    expect((await judge({ url: arm + status })).event.decision).toBe(isWatched ? 'allow' : 'deny');
  });
});

describe('placeholders', () => {
  test.each([
    [{}, {}],
    [{ config: { cloud: 'usgov' } }, { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us' }],
    [{ config: { cloud: 'china' } }, { AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn' }],
  ] as const)('with %j are what SDKs start with', (parts, more) => {
    expect(start(parts).provider.placeholders).toEqual({
      env: {
        AZURE_TENANT_ID: tenantId,
        AZURE_CLIENT_ID: 'pai-placeholder-azure-prod',
        AZURE_CLIENT_SECRET: 'pai-placeholder-azure-prod',
        ...more,
      },
    });
  });

  test('in the tokens that they are exchanged for choose between two Providers', async () => {
    const entra = createEntraService();
    const spec = specOf({ policy: { allow: ['Microsoft.KeyVault/*'] } });
    const both = ['one', 'two'].map((name) => attach(name, spec, contextFor(entra)));
    const { judge } = createPipeline(both, () => entra.now);
    const exchange = await judge(
      requestFor({
        method: 'POST',
        url: `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&client_id=x&client_secret=pai-placeholder-two&scope=https://vault.azure.net/.default',
      }),
    );
    if (exchange.kind !== 'respond') throw new Error('it was forwarded');
    const { access_token: token } = JSON.parse(String(exchange.response.body)) as { access_token: string };
    const headers = { authorization: `Bearer ${token}` };
    const outcome = await judge(requestFor({ url: 'https://v.vault.azure.net/secrets/s', headers }));
    expect(outcome).toMatchObject({ kind: 'forward', event: { provider: 'two', decision: 'allow' } });
    expect(JSON.stringify('request' in outcome && outcome.request)).not.toContain(token);
  });
});

describe('hosts', () => {
  test('are those of one cloud, and what is answered here', () => {
    const { hosts } = start({ config: { cloud: 'usgov' } }).provider;
    const names = hosts.map(({ host }) => host);
    expect(names).toEqual(
      expect.arrayContaining(['management.usgovcloudapi.net', '*.vault.usgovcloudapi.net']),
    );
    expect(names.filter((host) => host.endsWith('core.windows.net') || host.endsWith('.azure.cn'))).toEqual(
      [],
    );
    expect(hosts).toContainEqual({ host: 'login.microsoftonline.us', isAnswered: true });
    expect(hosts).toContainEqual({ host: '169.254.169.254', port: 80, isAnswered: true });
  });

  test('can be one, which may be on a private network', () => {
    const { hosts } = start({ host: 'acct.blob.core.windows.net' }).provider;
    expect(hosts.filter(({ isAnswered }) => isAnswered !== true)).toEqual([
      { host: 'acct.blob.core.windows.net', port: 443, isPrivateAllowed: true },
    ]);
  });
});

describe('the contract of a provider', () => {
  const version = { 'x-ms-version': '2023-11-03' };
  testProvider(test, {
    plugin: azure,
    spec: specOf({ scope: { resources: [`${subscription}/*`, 'acct.blob.core.windows.net/*'] } }),
    secrets: stored,
    fetch: (input, init) => createEntraService().fetch(input, init),
    samples: [
      {
        url: `${arm}${group}/providers/Microsoft.Storage/storageAccounts/acct?api-version=2023-01-01`,
        actions: ['Microsoft.Storage/storageAccounts/read'],
        resource: `${group}/providers/Microsoft.Storage/storageAccounts/acct`,
      },
      {
        method: 'DELETE',
        url: `${arm}${group}?api-version=2021-04-01`,
        actions: ['Microsoft.Resources/subscriptions/resourceGroups/delete'],
        resource: group,
      },
      {
        url: 'https://acct.blob.core.windows.net/data/a%20b/c',
        headers: version,
        actions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'],
        resource: 'acct.blob.core.windows.net/data/a b/c',
      },
      {
        method: 'PUT',
        url: 'https://acct.blob.core.windows.net/data/k',
        headers: { ...version, 'x-ms-blob-type': 'BlockBlob' },
        body: 'x',
        actions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'],
        resource: 'acct.blob.core.windows.net/data/k',
      },
      {
        url: 'https://v.vault.azure.net/secrets/s?api-version=7.4',
        actions: ['Microsoft.KeyVault/vaults/secrets/getSecret/action'],
        resource: 'v.vault.azure.net/secrets/s',
      },
      {
        url: 'https://v.vault.azure.net/secrets/s/4387e9f3d6e14c459867679a90fd0f79?api-version=7.4',
        actions: ['Microsoft.KeyVault/vaults/secrets/getSecret/action'],
        resource: 'v.vault.azure.net/secrets/s',
      },
      { url: 'https://graph.microsoft.com/v1.0/me', actions: ['Microsoft.Graph/me/read'] },
    ],
  });
});
