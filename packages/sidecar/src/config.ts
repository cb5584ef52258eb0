import type { ProviderPlugin } from '@pai/core';
import type { LaterRules, PolicySpec } from '@pai/policy';
import { type Static, type TObject, type TUnsafe, Type } from 'typebox';
import type { YamlDocument } from './documents.ts';
import type { ProviderTypeSpec } from './plugins.ts';

/** The one value of `apiVersion`. */
export const apiVersion = 'pai.io/v1';

/** The kinds that can be applied, stored and listed. */
export type ResourceKind = 'Provider' | 'Agent' | 'Secret' | 'ProviderType' | 'AccessKey';

/** A kind, a namespace and a name: one resource. */
export interface ResourceId {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
}

/** What the spec of every provider type may hold; the type's own closed schema has checked it. */
export interface ProviderSpec {
  readonly type: string;
  readonly host?: string;
  readonly auth?: {
    readonly type?: string;
    readonly secretRef?: string;
    readonly secretKey?: string;
    readonly agentEnvVar?: string;
  };
  readonly config?: { readonly services?: readonly string[] } & Readonly<Record<string, unknown>>;
  readonly policy?: PolicySpec;
  readonly scope?: Readonly<Record<string, readonly string[] | undefined>>;
  readonly audit?: { readonly logRequests?: boolean; readonly enforcement?: 'enforce' | 'audit' };
  readonly externalAccess?: { readonly enabled?: boolean; readonly maxRequestsPerDay?: number };
}

/** A Provider as the user wrote it, with the defaults of its schema filled in. */
export interface ProviderResource extends ResourceId {
  readonly kind: 'Provider';
  readonly spec: ProviderSpec;
  /** Of a type that a resource declares: the type as it was when this was read. */
  readonly plugin?: ProviderPlugin;
  /** Its `policy.httpRules`, where nobody has looked at them yet. */
  readonly laterRules?: LaterRules;
  readonly document: YamlDocument;
}

/** `spec.packages` of an Agent. */
export type AgentPackages = NonNullable<Static<typeof agentSpec>['packages']>;

/** An Agent as the user wrote it. */
export interface AgentResource extends ResourceId {
  readonly kind: 'Agent';
  readonly spec: Static<typeof agentSpec>;
  readonly document: YamlDocument;
}

/** A Secret as the user wrote it: in clear, on its way into the store. */
export interface SecretResource extends ResourceId {
  readonly kind: 'Secret';
  readonly stringData: Readonly<Record<string, string>>;
  readonly document: YamlDocument;
}

/** A provider type as the user wrote it, and what it is. */
export interface ProviderTypeResource extends ResourceId {
  readonly kind: 'ProviderType';
  readonly spec: ProviderTypeSpec;
  readonly plugin: ProviderPlugin;
  readonly document: YamlDocument;
}

/** A key of the gateway as the user wrote it: its hash, never the key. */
export interface AccessKeyResource extends ResourceId {
  readonly kind: 'AccessKey';
  readonly spec: Static<typeof accessKeySpec>;
  readonly document: YamlDocument;
}

/** Anything that can be applied. */
export type Resource =
  | ProviderResource
  | AgentResource
  | SecretResource
  | ProviderTypeResource
  | AccessKeyResource;

const closed = { additionalProperties: false } as const;

/** A DNS-1123 label (RFC 1123 section 2.1, as Kubernetes uses it). */
export const labelPattern = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';

const label = (what: string) =>
  Type.String({
    pattern: labelPattern,
    description: `${what} of lower-case letters, digits and dashes, at most 63, with no dash at either end.`,
  });

/**
 * A mapping of strings whose keys fit `pattern`. TypeBox's own `Record` says the same, and takes in thirty times as much
 * code.
 */
export function strings(pattern: string, options: object): TUnsafe<Record<string, string>> {
  const patternProperties = { [pattern]: Type.String() };
  return Type.Unsafe<Record<string, string>>({ type: 'object', patternProperties, ...options });
}

/** `metadata` of every kind. */
export const metadataSchema: TObject = Type.Object(
  {
    name: label('a name'),
    namespace: Type.Optional(label('a namespace')),
    labels: Type.Optional(strings('^.*$', { description: 'Free labels; Pai keeps them.' })),
    annotations: Type.Optional(strings('^.*$', { description: 'Free annotations; Pai keeps them.' })),
  },
  { ...closed, description: 'Name of the resource.' },
);

/** A name of npm's registry (docs.npmjs.com, "package.json", name), also inside a scope. */
const npmName = '(?:@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*';
const npmNamePattern = `^${npmName}$`;

/** With a version, a range without spaces or a tag; no URL, path or repository. */
const npmPackagePattern = `^${npmName}(?:@(?!\\.|.*\\.(?:tgz|tar|tar\\.gz)$)[A-Za-z0-9^~<>=*.+_-]{1,64})?$`;

const agentSpec = Type.Object(
  {
    type: Type.Optional(
      Type.Enum(['service', 'task'], { description: 'How the agent runs. Default: a template for others.' }),
    ),
    providers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Names of the Providers that its sidecar serves, in order.',
      }),
    ),
    packages: Type.Optional(
      Type.Object(
        {
          npm: Type.Optional(
            Type.Array(Type.String({ pattern: npmPackagePattern }), {
              description: 'npm packages to install first: names of a registry, with a version or without.',
            }),
          ),
          allowScripts: Type.Optional(
            Type.Array(Type.String({ pattern: npmNamePattern }), {
              description: 'Packages whose install scripts may run. Default: none.',
            }),
          ),
        },
        { ...closed, description: 'Packages to install before an MCP server starts.' },
      ),
    ),
    configFiles: Type.Optional(
      Type.Array(
        Type.Object(
          {
            path: Type.String({ minLength: 1, description: 'Where the agent reads it.' }),
            content: Type.String({ description: 'Its content.' }),
          },
          closed,
        ),
        { description: 'Files to write for the agent.' },
      ),
    ),
  },
  { ...closed, description: 'The Providers of an agent, and what it needs.' },
);

const accessKeySpec = Type.Object(
  {
    hash: Type.String({
      pattern: '^sha256:[0-9a-f]{64}$',
      description: '`sha256:` and the SHA-256 of the key, in lower-case hexadecimal.',
    }),
    providers: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Names of the Providers that the key opens, where their `externalAccess` is enabled.',
    }),
    expires: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?Z$',
        description: 'From when on the key is refused: a time in UTC. Default: never.',
      }),
    ),
    maxRequestsPerDay: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Most requests a day (UTC) with the key. Default: no limit.' }),
    ),
  },
  { ...closed, description: 'What a key of the gateway opens.' },
);

const head = {
  apiVersion: Type.Literal(apiVersion, { description: 'Version of these resources.' }),
  kind: Type.String({ description: 'Kind of the resource.' }),
  metadata: metadataSchema,
};

/** Keys of a Secret (as in Kubernetes). */
export const secretKeyPattern = '^[A-Za-z0-9._-]{1,253}$';

/** The closed schema of a whole document by its kind; a Provider's `spec` has the schema of its type, and a ProviderType's its own. */
export const documentSchemas: Readonly<Record<ResourceKind, TObject>> = {
  Provider: Type.Object(
    { ...head, spec: Type.Unknown({ description: 'What the Provider reaches and allows.' }) },
    closed,
  ),
  Agent: Type.Object({ ...head, spec: agentSpec }, closed),
  ProviderType: Type.Object(
    { ...head, spec: Type.Unknown({ description: 'What requests to a service do.' }) },
    closed,
  ),
  AccessKey: Type.Object({ ...head, spec: accessKeySpec }, closed),
  Secret: Type.Object(
    {
      ...head,
      stringData: strings(secretKeyPattern, {
        ...closed,
        description: 'Keys of letters, digits, dots, dashes and underscores, with their values.',
        minProperties: 1,
      }),
    },
    closed,
  ),
};
