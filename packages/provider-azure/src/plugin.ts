import {
  defineProvider,
  type Placeholders,
  placeholderFor,
  type ResponseFilter,
  tokenInjection,
} from '@pai/core';
import { createAnswer } from './answer/answer.ts';
import { loginHosts } from './answer/login-hosts.ts';
import { createOperations, type Operations } from './arm/operations.ts';
import { clouds } from './clouds.ts';
import { metadataHost } from './credentials/managed-identity.ts';
import { createTokens } from './credentials/tokens.ts';
import { resolveData } from './data/data.ts';
import { createDeny } from './deny.ts';
import { createEndpoints } from './endpoints.ts';
import { audienceOf, destinationOf, type EndpointOf, writeToken } from './inject.ts';
import { patternsOf } from './patterns.ts';
import { createResolver } from './resolve.ts';
import { type AzureSpec, azureSpecSchema } from './schema.ts';
import { createAzureScope } from './scope.ts';
import { serviceOf } from './services.ts';
import { credentialSlots } from './slots.ts';
import { authorizeBatch } from './storage-batch.ts';

/** Azure: Resource Manager, Microsoft Graph and the data planes, by the names that role definitions have for operations. */
export const azure = defineProvider({
  apiVersion: 'v1',
  type: 'azure',
  spec: azureSpecSchema,
  example: {
    type: 'azure',
    auth: { type: 'azure-client-credentials', secretRef: 'azure-app' },
    config: { tenantId: '00000000-0000-0000-0000-000000000000' },
  },
  secretKeys: () => [{ key: 'client_id' }, { key: 'client_secret' }],
  patterns: patternsOf,
  serviceOf,
  tokenHosts: ({ auth, config }) =>
    auth.type === 'azure-managed-identity'
      ? [{ host: metadataHost, port: 80, isMetadata: true }]
      : [{ host: clouds[config?.cloud ?? 'public'].authority }],
  create: (spec, context) => {
    const { name, now } = context;
    const { cloud, region, tenantId: tenant = placeholderFor(name) } = spec.config ?? {};
    const { resources } = spec.scope ?? {};
    const endpoints = createEndpoints({ host: spec.host, cloud, region, resources });
    const { authority } = clouds[cloud ?? 'public'];
    const scope = createAzureScope(resources, { region });
    const operations = createOperations();
    const tokens = createTokens(spec, context);
    const injection = tokenInjection(
      (request) => tokens(audienceOf(request, destinationOf(request, endpoints.find))),
      (request, token) => writeToken(request, destinationOf(request, endpoints.find), token, endpoints.read),
    );
    return {
      hosts: [...endpoints.patterns, ...answered],
      placeholders: placeholdersOf(spec, name, tenant),
      credentialSlots,
      hasOpaquePaths: true,
      resolve: createResolver({ readEndpoint: endpoints.find, resolveData, operations }),
      scope,
      isScoped: region !== undefined,
      ...injection,
      inject: async (request) => {
        await injection.inject(request);
        await authorizeBatch(request, destinationOf(request, endpoints.find).service);
      },
      answer: createAnswer({ provider: name, tenant, authority, now, endpointOf: endpoints.read }),
      filter: watchOperations(operations, endpoints.read),
      deny: createDeny(endpoints.read),
    };
  },
});

/** Entra ID in every cloud, since clients ask the public one about the others; and the metadata service. */
const answered = [
  ...loginHosts.flat().map((host) => ({ host, isAnswered: true })),
  { host: metadataHost, port: 80, isAnswered: true },
];

/** Takes nothing away: what goes on after a response of Resource Manager is watched at the URLs in its head. */
function watchOperations({ take }: Operations, endpointOf: EndpointOf): ResponseFilter {
  return ({ status, headers }, { host }) => {
    if (status >= 200 && status < 400 && endpointOf(host)?.service === 'arm') take(headers);
    return undefined;
  };
}

/** What SDKs need to start. The tenant is no secret, and clients compare it with that in a challenge. */
function placeholdersOf({ auth, config }: AzureSpec, name: string, tenant: string): Placeholders {
  const placeholder = placeholderFor(name);
  const { cloud = 'public' } = config ?? {};
  return {
    env: {
      AZURE_TENANT_ID: tenant,
      AZURE_CLIENT_ID: placeholder,
      [auth.agentEnvVar ?? 'AZURE_CLIENT_SECRET']: placeholder,
      ...(cloud !== 'public' && { AZURE_AUTHORITY_HOST: `https://${clouds[cloud].authority}` }),
    },
  };
}
