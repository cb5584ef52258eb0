import { AppConfigurationClient } from '@azure/app-configuration';
import { StorageManagementClient } from '@azure/arm-storage';
import { TableClient } from '@azure/data-tables';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { ServiceBusAdministrationClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { createPipeline, type UpstreamRequest } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { attach, specOf } from './azure.ts';
import { contextFor, createEntraService, tenantId } from './entra-service.ts';
import { type Answer, createSdkClient, type SdkClient } from './sdk-client.ts';

const tokenEndpoint = `POST login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`;

/** The SDKs with what an agent has, in front of a Provider with this policy. */
function open(allow: string[], service?: (request: UpstreamRequest) => Answer) {
  const entra = createEntraService();
  const attached = attach('azure-prod', specOf({ policy: { allow } }), contextFor(entra));
  const { judge } = createPipeline([attached], () => entra.now);
  const httpClient = createSdkClient(judge, service);
  const { env } = attached.provider.placeholders;
  const credential = new ClientSecretCredential(
    env['AZURE_TENANT_ID'] ?? '',
    env['AZURE_CLIENT_ID'] ?? '',
    env['AZURE_CLIENT_SECRET'] ?? '',
    { httpClient },
  );
  return { entra, httpClient, credential };
}

type Opened = ReturnType<typeof open>;

interface Case {
  readonly send: (opened: Opened) => Promise<unknown>;
  readonly seen: readonly string[];
  readonly code?: string;
  readonly status?: number;
}

/** Its options are typed for the transport before this one. */
const storageOptions = (httpClient: SdkClient) => ({ httpClient: httpClient as never });

const account =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct';

const cases: Readonly<Record<string, Case>> = {
  'storage-blob': {
    send: ({ credential, httpClient }) =>
      new BlobServiceClient('https://acct.blob.core.windows.net', credential, storageOptions(httpClient))
        .getContainerClient('c')
        .getBlockBlobClient('b')
        .upload('x', 1),
    seen: ['PUT acct.blob.core.windows.net/c/b'],
    code: 'AuthorizationPermissionMismatch',
  },
  'storage-file-datalake': {
    send: ({ credential, httpClient }) =>
      new DataLakeServiceClient('https://acct.dfs.core.windows.net', credential, storageOptions(httpClient))
        .getFileSystemClient('c')
        .getFileClient('f')
        .create(),
    seen: ['PUT acct.dfs.core.windows.net/c/f'],
    code: 'AuthorizationPermissionMismatch',
  },
  'data-tables': {
    send: ({ credential, httpClient }) =>
      new TableClient('https://acct.table.core.windows.net', 'people', credential, {
        httpClient,
      }).createEntity({ partitionKey: 'p', rowKey: 'r' }),
    seen: ['POST acct.table.core.windows.net/people'],
  },
  'keyvault-secrets': {
    send: ({ credential, httpClient }) =>
      new SecretClient('https://myvault.vault.azure.net', credential, { httpClient }).setSecret('n', 'v'),
    seen: ['PUT myvault.vault.azure.net/secrets/n'],
    code: 'Forbidden',
  },
  'app-configuration': {
    send: ({ credential, httpClient }) =>
      new AppConfigurationClient('https://store.azconfig.io', credential, {
        httpClient,
      }).setConfigurationSetting({ key: 'k', value: 'v' }),
    seen: ['PUT store.azconfig.io/kv/k'],
    code: 'Forbidden',
  },
  'service-bus': {
    send: ({ credential, httpClient }) => {
      const client = new ServiceBusAdministrationClient('ns.servicebus.windows.net', credential);
      // It takes no transport.
      Reflect.set(client, '_httpClient', httpClient);
      return client.getQueue('q');
    },
    seen: ['GET ns.servicebus.windows.net/q'],
    code: 'UnauthorizedRequestError',
    status: 401,
  },
  'arm-storage': {
    send: ({ credential, httpClient }) =>
      new StorageManagementClient(credential, account.split('/')[2] ?? '', {
        httpClient,
      }).storageAccounts.delete('rg', 'acct'),
    seen: [`DELETE management.azure.com${account}`],
    code: 'AuthorizationFailed',
  },
};

describe('a denial is raised by', () => {
  test.each(Object.entries(cases))('%s at once, with our sentence', async (_name, { send, ...expected }) => {
    const opened = open(['Microsoft.Nothing/*']);
    const error: unknown = await send(opened).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'RestError',
      statusCode: expected.status ?? 403,
      ...(expected.code !== undefined && { code: expected.code }),
      message: expect.stringContaining('azure-prod: '),
    });
    const asked = opened.httpClient.seen.filter((request) => request !== tokenEndpoint);
    expect(new Set(asked)).toEqual(new Set(expected.seen));
    expect(opened.httpClient.seen.filter((request) => request === tokenEndpoint)).toHaveLength(1);
    expect(opened.entra.asked).toEqual([]);
  });
});

test('the client of Key Vault asks to be asked for a token, and then sends its content', async () => {
  const sent: UpstreamRequest[] = [];
  const { httpClient, credential, entra } = open(['*'], (request) => {
    sent.push(request);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"value":"v","id":"https://myvault.vault.azure.net/secrets/n/0","attributes":{}}',
    };
  });
  const client = new SecretClient('https://myvault.vault.azure.net', credential, { httpClient });
  expect(await client.setSecret('n', 'v')).toMatchObject({ name: 'n', value: 'v' });
  expect(httpClient.seen).toEqual([
    'PUT myvault.vault.azure.net/secrets/n',
    tokenEndpoint,
    'PUT myvault.vault.azure.net/secrets/n',
  ]);
  expect(sent).toHaveLength(1);
  expect((await sent[0]?.body.bytes(1_000))?.toString()).toContain('"value":"v"');
  expect(entra.asked.map(({ form }) => form['scope'])).toEqual(['https://vault.azure.net/.default']);
});
