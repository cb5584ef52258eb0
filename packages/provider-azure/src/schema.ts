import { providerSpec } from '@pai/policy';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const agentEnvVar = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
    description:
      'Environment variable in which the agent gets the placeholder of the client secret. Default AZURE_CLIENT_SECRET.',
  }),
);

const clientAuthSchema = Type.Object(
  {
    type: Type.Literal('azure-client-credentials', {
      description:
        'An application in Entra ID, by its client_id and one of client_secret, client_certificate (PEM, with its private key) and federated_token.',
    }),
    secretRef: Type.String({ minLength: 1, description: 'Name of the Secret that holds the credential.' }),
    agentEnvVar,
  },
  { ...closed, description: 'An application that proves itself with what is in the Secret.' },
);

const managedAuthSchema = Type.Object(
  {
    type: Type.Literal('azure-managed-identity', {
      description: 'The managed identity of the machine that the sidecar runs on; there is no Secret.',
    }),
    clientId: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$',
        description:
          'Client id of a user-assigned identity. Default: the system-assigned one, or the only one there is.',
      }),
    ),
    agentEnvVar,
  },
  { ...closed, description: 'An identity that Azure has given to the machine.' },
);

const configSchema = Type.Object(
  {
    tenantId: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Za-z](?:[0-9A-Za-z.-]{0,252}[0-9A-Za-z])?$',
        description:
          'The Entra tenant of the application: its id, or one of its domains. Required for azure-client-credentials.',
      }),
    ),
    cloud: Type.Optional(
      Type.Enum(['public', 'usgov', 'china'], {
        default: 'public',
        description: 'The cloud, with hosts of its own. Default public.',
      }),
    ),
    region: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z][A-Za-z0-9 ]{1,63}$',
        description: 'The only region that requests may name: `westeurope`. Default: every region.',
      }),
    ),
    services: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          'The only services that may be used, by their namespaces or short names: `Microsoft.Storage`, `keyvault`.',
      }),
    ),
  },
  { ...closed, description: 'Where requests may go, and as whose.' },
);

const scopeSchema = Type.Object(
  {
    resources: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'What the agent may reach: ids of Resource Manager (`/subscriptions/ID/resourceGroups/NAME/*`) and paths of data planes (`ACCOUNT.blob.core.windows.net/CONTAINER/*`); `*` is any run of characters and `?` exactly one.',
      }),
    ),
  },
  { ...closed, description: 'What the agent may reach.' },
);

/** The closed schema of a Provider of Azure. */
export const azureSpecSchema = providerSpec({
  type: 'azure',
  auth: Type.Union([clientAuthSchema, managedAuthSchema], { description: 'The credential.' }),
  config: configSchema,
  scope: scopeSchema,
});

/** `spec` of a Provider of Azure, checked. */
export type AzureSpec = Static<typeof azureSpecSchema>;
