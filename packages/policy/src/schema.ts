import {
  type Static,
  type TArray,
  type TLiteral,
  type TObject,
  type TOptional,
  type TSchema,
  type TString,
  Type,
} from 'typebox';

/** What a provider type adds to the spec that every Provider shares. */
export interface SpecParts {
  /** The value of `spec.type`. */
  readonly type: string;
  /** Closed schema of `spec.auth`. Left out by a type that needs no credential. */
  readonly auth?: TSchema;
  /** Whether `spec.host` must be given. Default `optional`. */
  readonly host?: 'optional' | 'required';
  /** Closed schema of `spec.config`, which users may leave out. */
  readonly config?: TSchema;
  /** Closed schema of `spec.mcp`. Its presence also adds `spec.policy.mcp`. */
  readonly mcp?: TSchema;
  /** Closed schema of `spec.scope`, which users may leave out. */
  readonly scope?: TSchema;
}

/** The closed schema of a Provider's `spec`: what every type shares and the type's own parts. */
export function providerSpec<const Parts extends SpecParts>(parts: Parts): ProviderSpecSchema<Parts> {
  const host = Type.String({
    description: 'Host to intercept. Default: the standard hosts of the type.',
    minLength: 1,
  });
  const properties = {
    type: Type.Literal(parts.type, { description: 'Provider type.' }),
    host: parts.host === 'required' ? host : Type.Optional(host),
    ...(parts.auth !== undefined && { auth: parts.auth }),
    ...(parts.config !== undefined && { config: Type.Optional(parts.config) }),
    ...(parts.mcp !== undefined && { mcp: parts.mcp }),
    policy: Type.Optional(parts.mcp === undefined ? policySchema : mcpPolicySchema),
    ...(parts.scope !== undefined && { scope: Type.Optional(parts.scope) }),
    audit: Type.Optional(auditSchema),
    externalAccess: Type.Optional(externalAccessSchema),
  };
  const spec = Type.Object(properties, { additionalProperties: false, description: 'Spec of the Provider.' });
  return spec as TObject as ProviderSpecSchema<Parts>;
}

/** The schema that `providerSpec` makes of the parts. */
export type ProviderSpecSchema<Parts extends SpecParts> = TObject<
  Flat<
    {
      type: TLiteral<Parts['type']>;
      host: Parts['host'] extends 'required' ? TString : TOptional<TString>;
      policy: TOptional<Parts['mcp'] extends TSchema ? typeof mcpPolicySchema : typeof policySchema>;
      audit: TOptional<typeof auditSchema>;
      externalAccess: TOptional<typeof externalAccessSchema>;
    } & (Parts['auth'] extends infer Auth extends TSchema ? { auth: Auth } : unknown) &
      (Parts['config'] extends infer Config extends TSchema ? { config: TOptional<Config> } : unknown) &
      (Parts['mcp'] extends infer Mcp extends TSchema ? { mcp: Mcp } : unknown) &
      (Parts['scope'] extends infer Scope extends TSchema ? { scope: TOptional<Scope> } : unknown)
  >
>;

type Flat<T> = { [K in keyof T]: Extract<T[K], TSchema> };

const closed = { additionalProperties: false } as const;

function strings(description: string, options: { minItems?: number } = {}): TArray<TString> {
  return Type.Array(Type.String(), { description, ...options });
}

/** One HTTP rule: it fits a request when one of its methods and one of its paths do. */
export const httpRuleSchema = Type.Object(
  {
    methods: Type.Optional(
      strings('HTTP methods in any case, `*` for every method. Default: every method.', { minItems: 1 }),
    ),
    paths: Type.Optional(
      strings(
        'Path patterns: `*` is any run inside one segment, `**` crosses slashes, a lone `*` is every path. Default: every path.',
        { minItems: 1 },
      ),
    ),
    effect: Type.Enum(['allow', 'deny'], { description: 'What becomes of a request that fits.' }),
  },
  { ...closed, description: 'One HTTP rule.' },
);

const policyFields = {
  allow: Type.Optional(
    strings('Patterns of the actions the agent may perform. `*` is any run of characters.'),
  ),
  deny: Type.Optional(strings('Patterns of actions that are denied whatever `allow` says.')),
  httpRules: Type.Optional(
    Type.Array(httpRuleSchema, {
      description: 'Rules on method and path. Deny rules go first; a request that no rule fits is denied.',
    }),
  ),
};

/** `spec.policy` of every type but MCP. */
export const policySchema = Type.Object(policyFields, {
  ...closed,
  description: 'What the agent may do.',
});

const toolRuleSchema = Type.Object(
  {
    tool: Type.String({ minLength: 1, description: 'Name of the tool.' }),
    arguments: Type.Record(Type.String(), Type.String(), {
      minProperties: 1,
      description:
        'Patterns by path of the argument, `owner` or `file.path`: `*` is any run of characters, `?` exactly one. All must fit; of a list, each item.',
    }),
    effect: Type.Enum(['allow', 'deny'], { description: 'What becomes of a call that fits.' }),
  },
  { ...closed, description: 'One rule on the arguments of a tool.' },
);

/** One rule of `spec.policy.mcp.rules`. */
export type ToolRuleSpec = Static<typeof toolRuleSchema>;

const mcpPolicyFields = {
  ...policyFields,
  mcp: Type.Optional(
    Type.Object(
      {
        allowedTools: Type.Optional(
          strings('Names of the tools the agent may call. Empty or left out: all.'),
        ),
        deniedTools: Type.Optional(strings('Names of tools that are denied whatever `allowedTools` says.')),
        rules: Type.Optional(
          Type.Array(toolRuleSchema, {
            description:
              'Rules on arguments. Deny rules go first; a tool that has allow rules is called only as one of them says.',
          }),
        ),
        pin: Type.Optional(
          Type.Boolean({
            default: false,
            description:
              'Whether a tool is hidden until its definition, as it stands, is approved with `pai approve`. Default false.',
          }),
        ),
      },
      { ...closed, description: 'Which tools of the MCP server the agent may call.' },
    ),
  ),
};

/** `spec.policy` of MCP types: it also has lists of tools. */
export const mcpPolicySchema = Type.Object(mcpPolicyFields, {
  ...closed,
  description: 'What the agent may do.',
});

/** `spec.policy.mcp`, checked. */
export type McpPolicySpec = NonNullable<Static<typeof mcpPolicySchema>['mcp']>;

/** What `spec.policy` may hold, for any type. */
export type PolicySpec = Static<typeof mcpPolicySchema>;

const auditFields = {
  logRequests: Type.Optional(
    Type.Boolean({
      default: true,
      description: 'Whether allowed requests are logged. Denials always are. Default true.',
    }),
  ),
  enforcement: Type.Optional(
    Type.Enum(['enforce', 'audit'], {
      default: 'enforce',
      description: 'Whether a denied request is blocked (enforce) or only logged (audit). Default enforce.',
    }),
  ),
};

/** `spec.audit` of every type. */
export const auditSchema = Type.Object(auditFields, {
  ...closed,
  default: {},
  description: 'What is logged, and whether denials are enforced.',
});

const externalAccessFields = {
  enabled: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Whether the Provider can be reached through the gateway. Default false.',
    }),
  ),
  maxRequestsPerDay: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Most requests a day through the gateway. Default: no limit.' }),
  ),
};

/** `spec.externalAccess` of every type. */
export const externalAccessSchema = Type.Object(externalAccessFields, {
  ...closed,
  description: 'Access from outside through the gateway.',
});

/** Fields that `spec.auth` has in most types, to be spread beside its own `type`. */
export const credentialFields = {
  secretRef: Type.String({ minLength: 1, description: 'Name of the Secret that holds the credential.' }),
  secretKey: Type.Optional(
    Type.String({
      minLength: 1,
      default: 'token',
      description: 'Key in the Secret. Default token.',
    }),
  ),
  agentEnvVar: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      description: 'Environment variable in which the agent gets a placeholder.',
    }),
  ),
};
