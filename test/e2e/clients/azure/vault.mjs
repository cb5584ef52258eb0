import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { runSteps } from '../run-steps.mjs';

const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = process.env;
const credential = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET);
const client = new SecretClient('https://pai-vault.vault.azure.net', credential, {
  retryOptions: { maxRetries: 0 },
});

const operations = {
  set: async ({ key, text }) => (await client.setSecret(key, text)).name,
  secret: async ({ key }) => (await client.getSecret(key)).value,
  secrets: async () => {
    const names = [];
    for await (const { name } of client.listPropertiesOfSecrets()) names.push(name);
    return names.sort();
  },
  forget: async ({ key }) => (await (await client.beginDeleteSecret(key)).pollUntilDone()).name,
};

await runSteps(operations);
