import { credentialFields, providerSpec } from '@pai/policy';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const keySchema = Type.Object(
  {
    type: Type.Literal('api-key', { description: 'A key that the server takes in a header.' }),
    header: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        description: 'Header that holds the key. Default Authorization.',
      }),
    ),
    prefix: Type.Optional(
      Type.String({
        pattern: '^[ -~]*$',
        description:
          'Text in front of the key in the header; may be empty. Default `Bearer ` for Authorization, else empty.',
      }),
    ),
    ...credentialFields,
  },
  { ...closed, description: 'A key.' },
);

const { secretRef, agentEnvVar } = credentialFields;

const oauthSchema = Type.Object(
  {
    type: Type.Literal('oauth', { description: 'A login in a browser: `pai login NAME`.' }),
    secretRef,
    agentEnvVar,
    scopes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[!#-\\[\\]-~]+$' }), {
        minItems: 1,
        description: 'Scopes to ask for. Default: those that the server names.',
      }),
    ),
    issuer: Type.Optional(
      Type.String({
        pattern: '^https://',
        description: 'The authorization server. Default: the first that the server names.',
      }),
    ),
    clientId: Type.Optional(
      Type.String({
        pattern: '^[!-~]+$',
        description:
          'Client that is registered there, or URL of a client-id metadata document. Default: one is registered.',
      }),
    ),
  },
  { ...closed, description: 'A login (OAuth 2.1).' },
);

const authSchema = Type.Union([keySchema, oauthSchema], {
  description: 'The credential. Left out for a server that takes none.',
});

const mcpSchema = Type.Object(
  {
    transport: Type.Optional(
      Type.Enum(['sse', 'http', 'stdio'], {
        default: 'sse',
        description:
          'How the server is spoken to: `http` is Streamable HTTP, `sse` the older HTTP with SSE, `stdio` a program that the sidecar runs. Default sse.',
      }),
    ),
    url: Type.Optional(Type.String({ minLength: 1, description: 'URL of the endpoint, with https.' })),
    command: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description:
          'With stdio: the program, by its name in PATH or its absolute path, and its arguments. No shell reads them.',
      }),
    ),
    env: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'With stdio: variables of the program. Nothing secret.',
      }),
    ),
    secretEnv: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        description:
          'With stdio: variables of the program that hold keys of the Secret, by the name of the key.',
      }),
    ),
    maxProcesses: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'With stdio: most processes of the program at once. Each session has its own. Default 32.',
      }),
    ),
  },
  { ...closed, description: 'Where the server is, or what it is.' },
);

/** The closed schema of a Provider of an MCP server. */
export const mcpSpecSchema = providerSpec({ type: 'mcp', auth: Type.Optional(authSchema), mcp: mcpSchema });

/** `spec` of a Provider of an MCP server, checked. */
export type McpSpec = Static<typeof mcpSpecSchema>;

/** `spec.auth`, checked. */
export type McpAuth = Static<typeof authSchema>;

/** `spec.auth` with a key, checked. */
export type KeyAuth = Static<typeof keySchema>;

/** `spec.auth` with a login, checked. */
export type OAuthAuth = Static<typeof oauthSchema>;
