import { subscription } from './arm.ts';
import { tenants } from './azure.ts';

/** The Provider of the tests, which may do everything in one container, one vault, one namespace and one resource group. */
export const agent = 'azure-agent';

const policy = `
  policy:
    allow: ["Microsoft.Storage/*", "Microsoft.KeyVault/vaults/*", "Microsoft.Resources/*", "Microsoft.ServiceBus/namespaces/*",
      "Microsoft.EventHub/namespaces/messages/*", "Microsoft.Relay/namespaces/messages/*"]
    deny:
      - Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete
      - Microsoft.Storage/storageAccounts/listkeys/action
      - Microsoft.KeyVault/vaults/secrets/delete
`;

const scope = `
  scope:
    resources:
      - paidata.blob.core.windows.net/data
      - paidata.blob.core.windows.net/data/*
      - pai-vault.vault.azure.net/*
      - pai-bus.servicebus.windows.net/*
      - /subscriptions/${subscription}/resourceGroups/rg
      - /subscriptions/${subscription}/resourceGroups/rg/*
      - /subscriptions/${subscription}/providers/Microsoft.Storage/checkNameAvailability
      # As az asks for when it logs in.
      - /subscriptions
`;

/** A Provider that proves itself with what is in this Secret. */
export const azureProvider = (name: string, secretRef: string, limits: string = policy + scope): string => `
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: azure
  auth: {type: azure-client-credentials, secretRef: ${secretRef}}
  config: {tenantId: ${tenants[0]}}
${limits}
`;
