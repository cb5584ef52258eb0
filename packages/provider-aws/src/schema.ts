import { providerSpec } from '@pai/policy';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const authSchema = Type.Object(
  {
    type: Type.Literal('aws-sigv4', {
      description:
        'Access keys: the Secret holds access_key_id and secret_access_key, and session_token where they are temporary. Or a token of another identity provider as web_identity_token, with config.assumeRole.',
    }),
    secretRef: Type.String({ minLength: 1, description: 'Name of the Secret that holds the credential.' }),
    agentEnvVar: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description:
          'Environment variable in which the agent gets the placeholder of the access key id. Default AWS_ACCESS_KEY_ID.',
      }),
    ),
  },
  { ...closed, description: 'The credential.' },
);

const assumeRoleSchema = Type.Object(
  {
    roleArn: Type.String({
      pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,576}$',
      description: 'ARN of the role that requests are made as.',
    }),
    externalId: Type.Optional(
      Type.String({
        pattern: '^[\\w+=,.@:/-]{2,1224}$',
        description: 'External id that the trust policy of the role asks for.',
      }),
    ),
    sessionName: Type.Optional(
      Type.String({
        pattern: '^[\\w+=,.@-]{2,64}$',
        description:
          'Name of the session, which CloudTrail shows. Default: pai- and the name of the Provider, cut to 64 characters.',
      }),
    ),
    durationSeconds: Type.Optional(
      Type.Integer({
        minimum: 900,
        default: 3_600,
        description:
          'Seconds that a session lasts, up to what the role allows, which is at most 43200. Default 3600.',
      }),
    ),
    sessionPolicy: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether AWS is given policy.allow, policy.deny and scope.resources as the session policy, so that it holds them too. Default true.',
      }),
    ),
  },
  { ...closed, description: 'A role to take on, instead of using the keys as they are.' },
);

const configSchema = Type.Object(
  {
    region: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9-]{1,64}$',
        description:
          'The only region that requests may go to, beside the endpoints of global services. Default: every region.',
      }),
    ),
    services: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          'The only services that may be used, as IAM prefixes its actions with them: `s3`, `sqs`.',
      }),
    ),
    accountId: Type.Optional(
      Type.String({
        pattern: '^[0-9]{12}$',
        description: 'Account id in the ARNs of what a request names without one. Write it in quotes.',
      }),
    ),
    assumeRole: Type.Optional(assumeRoleSchema),
  },
  { ...closed, description: 'Where requests may go, and as whom.' },
);

const scopeSchema = Type.Object(
  {
    resources: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'ARNs that the agent may reach; `*` is any run of characters and `?` exactly one, as in IAM.',
      }),
    ),
  },
  { ...closed, description: 'What the agent may reach.' },
);

/** The closed schema of a Provider of AWS. */
export const awsSpecSchema = providerSpec({
  type: 'aws',
  auth: authSchema,
  config: configSchema,
  scope: scopeSchema,
});

/** `spec` of a Provider of AWS, checked. */
export type AwsSpec = Static<typeof awsSpecSchema>;

/** `spec.config.assumeRole`, checked. */
export type AssumeRoleSpec = Static<typeof assumeRoleSchema>;
