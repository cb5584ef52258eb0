import { providerSpec } from '@pai/policy';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const authSchema = Type.Object(
  {
    type: Type.Literal('gcp-service-account', {
      description:
        'A Google credential: the key file of a service account; or an external_account, impersonated_service_account or authorized_user document.',
    }),
    secretRef: Type.String({ minLength: 1, description: 'Name of the Secret that holds the credential.' }),
    secretKey: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'key.json',
        description: 'Key in the Secret, of the JSON document. Default key.json.',
      }),
    ),
    agentEnvVar: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description:
          'Environment variable in which the agent gets the path of a placeholder key file. Default GOOGLE_APPLICATION_CREDENTIALS.',
      }),
    ),
  },
  { ...closed, description: 'The credential.' },
);

const account = '^[a-z0-9][a-z0-9.-]{0,126}@[a-z0-9][a-z0-9.-]{0,126}\\.gserviceaccount\\.com$';

const configSchema = Type.Object(
  {
    project: Type.Optional(
      Type.String({
        pattern: '^(?:[a-z0-9.-]{1,64}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$',
        description: 'Id of the only project that requests may reach. Default: every project.',
      }),
    ),
    services: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          'The only services that may be used, as permissions begin with them: `storage`, `pubsub`; or by host, `pubsub.googleapis.com`.',
      }),
    ),
    impersonate: Type.Optional(
      Type.String({
        pattern: account,
        description: 'E-mail address of the service account that requests are made as.',
      }),
    ),
    delegates: Type.Optional(
      Type.Array(Type.String({ pattern: account }), {
        minItems: 1,
        description:
          'E-mail addresses of the service accounts between the credential and config.impersonate, each of which may impersonate the next.',
      }),
    ),
    scopes: Type.Optional(
      Type.Array(Type.String({ pattern: '^https://[!-~]{1,200}$' }), {
        minItems: 1,
        description:
          'OAuth scopes of every token. Default: the scopes that each API needs, for most https://www.googleapis.com/auth/cloud-platform.',
      }),
    ),
    selfSignedJwt: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether tokens are JWTs that the key signs itself, one for each API, in place of access tokens that Google issues. Default false.',
      }),
    ),
  },
  { ...closed, description: 'Where requests may go, and as whom.' },
);

const scopeSchema = Type.Object(
  {
    resources: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Resource names that the agent may reach: `projects/p/topics/*`, or full, `//pubsub.googleapis.com/projects/p/topics/t`. `*` is any run of characters and `?` exactly one.',
      }),
    ),
  },
  { ...closed, description: 'What the agent may reach.' },
);

/** The closed schema of a Provider of Google Cloud. */
export const gcpSpecSchema = providerSpec({
  type: 'gcp',
  auth: authSchema,
  config: configSchema,
  scope: scopeSchema,
});

/** `spec` of a Provider of Google Cloud, checked. */
export type GcpSpec = Static<typeof gcpSpecSchema>;
