import type { CredentialSlots } from '@pai/core';

/** Everywhere that a service of Azure reads a credential from. */
export const credentialSlots: CredentialSlots = {
  headers: [
    'authorization',
    'aeg-sas-key',
    'aeg-sas-token',
    'api-key',
    'cookie',
    'ocp-apim-subscription-key',
    'servicebusauthorization',
    'servicebusdlqsupplementaryauthorization',
    'servicebussupplementaryauthorization',
    'x-api-key',
    'x-ms-authorization-auxiliary',
    'x-ms-copy-source-authorization',
    'x-ms-query-source-authorization',
  ],
  query: ['access_token', 'api-key', 'sb-hc-token', 'sig', 'subscription-key'],
};
