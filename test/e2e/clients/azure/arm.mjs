import { StorageManagementClient } from '@azure/arm-storage';
import { EnvironmentCredential } from '@azure/identity';
import { runSteps } from '../run-steps.mjs';

const subscription = process.env.SUBSCRIPTION;
const client = new StorageManagementClient(new EnvironmentCredential(), subscription, {
  retryOptions: { maxRetries: 0 },
});

async function namesOf(pages) {
  const names = [];
  for await (const { name } of pages) names.push(name);
  return names.sort();
}

const account = { sku: { name: 'Standard_LRS' }, kind: 'StorageV2', location: 'westeurope' };
const operations = {
  create: async ({ group, key }) => (await client.storageAccounts.create(group, key, account)).name,
  show: async ({ group, key }) => (await client.storageAccounts.getProperties(group, key)).location,
  tag: async ({ group, key }) =>
    (await client.storageAccounts.update(group, key, { tags: { by: 'e2e' } })).tags,
  accounts: ({ group }) => namesOf(client.storageAccounts.listByResourceGroup(group)),
  'all-accounts': () => namesOf(client.storageAccounts.list()),
  available: async ({ key }) =>
    (
      await client.storageAccounts.checkNameAvailability({
        name: key,
        type: 'Microsoft.Storage/storageAccounts',
      })
    ).nameAvailable,
  keys: async ({ group, key }) => (await client.storageAccounts.listKeys(group, key)).keys.length,
  remove: async ({ group, key }) => void (await client.storageAccounts.delete(group, key)),
};

await runSteps(operations);
