import {
  type HostPattern,
  type McpServerPlace,
  PaiError,
  type ProviderPlugin,
  parseHostPattern,
  printable,
  type SecretKey,
} from '@pai/core';
import { type Static, type TSchema, Type } from 'typebox';
import { findFaults } from '../validate.ts';
import { namedByUser } from './named-by-user.ts';
import { placeholderObstacle } from './placeholder-obstacle.ts';
import { schemaObstacle } from './schema-obstacle.ts';
import type { DeclaredPlugin, DeclaredProvider, DeclaredSpec } from './wire.ts';

const closed = { additionalProperties: false } as const;
const strings = Type.Array(Type.String());
const flag = Type.Optional(Type.Boolean());
const hostSchema = Type.Array(
  Type.Object(
    {
      host: Type.String(),
      port: Type.Optional(Type.Integer()),
      isPrivateAllowed: flag,
      isAnswered: flag,
      isMetadata: flag,
    },
    closed,
  ),
);
const texts = Type.Unsafe<Record<string, string>>({
  type: 'object',
  patternProperties: { '^': { type: 'string' } },
});

const pluginSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    type: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }),
    spec: Type.Unsafe<TSchema>({ type: 'object', patternProperties: { '^': {} } }),
    example: Type.Optional(Type.Unknown()),
    hasCaseSensitiveActions: flag,
    hasNoActions: flag,
    impliedActions: Type.Optional(strings),
    functions: strings,
    obstacles: strings,
  },
  closed,
);

const specSchema = Type.Object(
  {
    secretKeys: Type.Optional(
      Type.Array(Type.Object({ key: Type.String({ minLength: 1 }), isFile: flag }, closed), { minItems: 1 }),
    ),
    tokenHosts: Type.Optional(hostSchema),
    patterns: Type.Optional(
      Type.Unsafe<Record<string, readonly string[]>>({
        type: 'object',
        patternProperties: { '^': { type: 'array', items: { type: 'string' } } },
      }),
    ),
  },
  closed,
);

const providerSchema = Type.Object(
  {
    hosts: hostSchema,
    env: texts,
    files: Type.Optional(texts),
    mcp: Type.Optional(
      Type.Object(
        { url: Type.String({ pattern: '^https://' }), transport: Type.Enum(['http', 'sse']) },
        closed,
      ),
    ),
    slots: Type.Object(
      {
        headers: strings,
        query: Type.Optional(strings),
        signed: Type.Optional(Type.Object({ hosts: strings, schemes: strings }, closed)),
      },
      closed,
    ),
    hasOpaquePaths: Type.Boolean(),
    isScoped: Type.Boolean(),
    upgrades: Type.Optional(strings),
    functions: strings,
    obstacles: strings,
  },
  closed,
);

/** The plugin as it may be used, or why it may not: its sentence begins with the package's name. Throws `config_invalid`. */
export function readPlugin(
  label: string,
  declared: unknown,
): Omit<ProviderPlugin, 'create'> & Pick<DeclaredPlugin, 'functions'> {
  const { apiVersion } = declared as DeclaredPlugin;
  if (apiVersion !== 'v1') {
    const wanted = printable(String(apiVersion));
    throw refused(label, `wants plugin API ${wanted}; this is v1, so install a version of it for that`);
  }
  check(label, 'the declaration', pluginSchema, declared);
  const plugin = declared as Static<typeof pluginSchema>;
  const [obstacle] = plugin.obstacles;
  if (obstacle !== undefined) throw cannotCross(label, obstacle);
  const fault = schemaObstacle(plugin.type, plugin.spec);
  if (fault !== undefined) throw refused(label, fault);
  const { type, spec, example, hasCaseSensitiveActions, hasNoActions, impliedActions, functions } = plugin;
  return {
    apiVersion: 'v1',
    type,
    spec,
    functions,
    ...(example !== undefined && { example }),
    ...(hasCaseSensitiveActions !== undefined && { hasCaseSensitiveActions }),
    ...(hasNoActions !== undefined && { hasNoActions }),
    ...(impliedActions !== undefined && { impliedActions }),
  };
}

/** The plugin that says something, and the user's spec that it is about. */
export interface SpecOf {
  readonly type: string;
  readonly schema: unknown;
  readonly spec: unknown;
}

/** What a plugin says of one spec. A host is only as private as the user names it there. Throws `config_invalid`. */
export function readSpec(label: string, declared: unknown, { spec, schema }: SpecOf): DeclaredSpec {
  check(label, 'what it says of its spec', specSchema, declared);
  const { secretKeys, tokenHosts, patterns } = declared as Static<typeof specSchema>;
  for (const pattern of tokenHosts ?? []) checkHost(label, pattern);
  return {
    ...(secretKeys !== undefined && {
      secretKeys: secretKeys as unknown as readonly [SecretKey, ...SecretKey[]],
    }),
    ...(tokenHosts !== undefined && {
      tokenHosts: asPrivateAsNamed(tokenHosts as readonly HostPattern[], namedByUser(spec, schema)),
    }),
    ...(patterns !== undefined && { patterns }),
  };
}

/** What a Provider says of itself. A host is only as private as the user names it in its spec. Throws `config_invalid`. */
export function readProvider(
  label: string,
  declared: unknown,
  { type, spec, schema }: SpecOf,
): DeclaredProvider {
  check(label, 'what it says of its Provider', providerSchema, declared);
  const provider = declared as DeclaredProvider & { readonly mcp?: McpServerPlace };
  const [obstacle] = provider.obstacles;
  if (obstacle !== undefined) throw cannotCross(label, obstacle);
  if (provider.hosts.length === 0) throw refused(label, 'claims no host');
  for (const pattern of provider.hosts) checkHost(label, pattern);
  const named = namedByUser(spec, schema);
  const fault = placeholderObstacle(type, provider, named);
  if (fault !== undefined) throw refused(label, fault);
  return { ...provider, hosts: asPrivateAsNamed(provider.hosts, named) };
}

function asPrivateAsNamed(hosts: readonly HostPattern[], named: ReadonlySet<string>): readonly HostPattern[] {
  return hosts.map((pattern) =>
    pattern.isPrivateAllowed === true && !named.has(pattern.host)
      ? { ...pattern, isPrivateAllowed: false }
      : pattern,
  );
}

function checkHost(label: string, { host, port = 443, isMetadata, isAnswered }: HostPattern): void {
  const shown = printable(host);
  const parsed = parseHostPattern(`${host}:${port}`);
  if (parsed.host !== host) throw refused(label, `claims ${shown}, which is not in its one spelling`);
  if (isMetadata === true || isAnswered === true) {
    throw cannotCross(label, `${shown} is answered in clear, which only the sidecar itself may do`);
  }
  const name = host.replace(/^\*{1,2}\./, '');
  const isOwn = /(?:^|\.)(?:localhost|pai\.internal)$/.test(name);
  if (isOwn || /^[\d.]+$/.test(name)) throw refused(label, `claims ${shown}, which is no name of a service`);
  if (name !== host && !name.includes('.')) {
    throw refused(label, `claims ${shown}, which is everything below a whole top-level domain`);
  }
}

function check(label: string, what: string, schema: TSchema, value: unknown): void {
  const [fault] = findFaults(schema, value);
  if (fault === undefined) return;
  throw refused(label, `${what} does not fit plugin API v1 (${fault.message})`);
}

function refused(label: string, why: string): PaiError {
  return new PaiError('config_invalid', `plugin ${label} ${why}`);
}

function cannotCross(label: string, why: string): PaiError {
  return refused(
    label,
    `cannot run in a process of its own: ${why}; change it, or trust it with isolation: none`,
  );
}
