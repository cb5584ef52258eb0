import {
  type AccessKeyResource,
  type AgentResource,
  apiVersion,
  type ProviderResource,
  type ProviderTypeResource,
  type ResourceId,
  type ResourceKind,
  type SecretEntry,
} from '@pai/sidecar';

/** A resource as `pai get` shows it: never the value of a secret. */
export interface Listed extends ResourceId {
  /** A cell for each title of its kind. */
  readonly cells: readonly string[];
  /** For JSON and YAML. */
  readonly data: unknown;
}

/** Titles of the columns; those from NAMESPACE on are shown by `-o wide` only. */
export const titles: Readonly<Record<ResourceKind, readonly string[]>> = {
  Provider: [
    'NAME',
    'TYPE',
    'HOST',
    'SECRET',
    'ENFORCEMENT',
    'NAMESPACE',
    'ALLOW',
    'DENY',
    'HTTP RULES',
    'SCOPE',
  ],
  Agent: ['NAME', 'TYPE', 'PROVIDERS', 'NAMESPACE', 'CONFIG FILES'],
  Secret: ['NAME', 'KEYS', 'NAMESPACE'],
  ProviderType: ['NAME', 'HOSTS', 'ROUTES', 'NAMESPACE'],
  AccessKey: ['NAME', 'PROVIDERS', 'EXPIRES', 'A DAY', 'NAMESPACE'],
};

/** A Provider in a list. */
export function listedProvider(provider: ProviderResource): Listed {
  const { kind, name, namespace, spec, document } = provider;
  const { allow, deny, httpRules } = spec.policy ?? {};
  const scope = Object.entries(spec.scope ?? {}).map(([list, patterns = []]) => `${list}: ${join(patterns)}`);
  return {
    kind,
    name,
    namespace,
    cells: [
      name,
      spec.type,
      spec.host ?? 'standard',
      spec.auth?.secretRef ?? '-',
      spec.audit?.enforcement ?? 'enforce',
      namespace,
      join(allow),
      join(deny),
      String(httpRules?.length ?? 0),
      scope.join('; ') || '-',
    ],
    data: inNamespace(document.value, namespace),
  };
}

/** An Agent in a list. */
export function listedAgent({ kind, name, namespace, spec, document }: AgentResource): Listed {
  const files = String(spec.configFiles?.length ?? 0);
  return {
    kind,
    name,
    namespace,
    cells: [name, spec.type ?? 'template', join(spec.providers), namespace, files],
    data: inNamespace(document.value, namespace),
  };
}

/** A declared type in a list. */
export function listedType({ kind, name, namespace, spec, document }: ProviderTypeResource): Listed {
  return {
    kind,
    name,
    namespace,
    cells: [name, join(spec.hosts), String(spec.routes.length), namespace],
    data: inNamespace(document.value, namespace),
  };
}

/** A Secret in a list: its keys only. */
export function listedSecret({ name, namespace, keys }: SecretEntry): Listed {
  return {
    kind: 'Secret',
    name,
    namespace,
    cells: [name, join(keys), namespace],
    data: { apiVersion, kind: 'Secret', metadata: { name, namespace }, keys },
  };
}

/** An access key in a list, as it is at `now`, in milliseconds since the epoch; the key itself is nowhere. */
export function listedAccessKey(key: AccessKeyResource, now: number): Listed {
  const { kind, name, namespace, spec, document } = key;
  const { providers, expires, maxRequestsPerDay } = spec;
  const isOver = expires !== undefined && !(Date.parse(expires) > now);
  const until = `${expires ?? 'never'}${isOver ? ' (expired)' : ''}`;
  const limit = maxRequestsPerDay === undefined ? 'no limit' : String(maxRequestsPerDay);
  return {
    kind,
    name,
    namespace,
    cells: [name, join(providers), until, limit, namespace],
    data: inNamespace(document.value, namespace),
  };
}

function join(names: readonly string[] | undefined): string {
  return names === undefined || names.length === 0 ? '-' : names.join(',');
}

function inNamespace(value: unknown, namespace: string): unknown {
  const resource = value as { metadata: object };
  return { ...resource, metadata: { ...resource.metadata, namespace } };
}
