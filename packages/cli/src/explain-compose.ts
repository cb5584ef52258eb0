import { PaiError } from '@pai/core';
import {
  apiVersion,
  type ComposeContext,
  type ComposedProvider,
  composeFromDocuments,
  loadPlugin,
  type Plugins,
  type ProviderResource,
  typeKey,
} from '@pai/sidecar';

type ConfigOverride = Readonly<Record<string, unknown>> | undefined;

/** Makes the Providers for one request, given its own `config` and the `host[:port]` it is for. */
export type ComposeFor = (config: ConfigOverride, host: string) => Promise<readonly ComposedProvider[]>;

/** Providers as they stand, with a request's own `config` merged over theirs. */
export function composeWithConfig(resources: readonly ProviderResource[], given: ComposeContext): ComposeFor {
  const declared = new Map(
    resources.flatMap(({ spec, plugin }) =>
      plugin === undefined ? [] : [[typeKey({ namespace: 'default', name: spec.type }), plugin] as const],
    ),
  );
  const context = { ...given, declared };
  const plain = composeSpecs(resources, context);
  return remember((config) => {
    if (config === undefined) return plain;
    const merged = resources.map(({ name, spec }) => ({
      name,
      spec: { ...spec, config: { ...spec.config, ...config } },
    }));
    return composeSpecs(merged, context);
  });
}

/** One Provider of a type from the type's own example, for whichever host of the type a request is for. */
export function composeExample(type: string, plugins: Plugins): ComposeFor {
  return remember(async (config, host) => {
    const { example } = await loadPlugin(plugins, type);
    if (example === undefined)
      throw new PaiError('usage', `provider type ${type} has no example to explain with; use -f FILE`);
    const spec = { ...(example as object), ...(config !== undefined && { config }) };
    const [standard] = await composeSpecs([{ name: type, spec }], { plugins });
    const isClaimed = standard?.provider.hosts.some((pattern) => pattern.host === host) === true;
    // A host of one's own (GitHub Enterprise Server, an API behind http-token) is said in spec.host.
    return isClaimed ? [standard] : composeSpecs([{ name: type, spec: { ...spec, host } }], { plugins });
  });
}

async function composeSpecs(
  providers: readonly { readonly name: string; readonly spec: unknown }[],
  context: ComposeContext,
): Promise<readonly ComposedProvider[]> {
  const files = providers.map(({ name, spec }) => ({
    file: `provider ${name}`,
    text: JSON.stringify({ apiVersion, kind: 'Provider', metadata: { name }, spec }),
  }));
  return (await composeFromDocuments(files, context)).attached;
}

/** Most combinations kept: a file of requests has few. */
const maxKept = 100;

function remember(compose: ComposeFor): ComposeFor {
  const kept = new Map<string, Promise<readonly ComposedProvider[]>>();
  return (config, host) => {
    const key = `${host} ${JSON.stringify(config ?? null)}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= maxKept) kept.clear();
    const made = compose(config, host);
    kept.set(key, made);
    return made;
  };
}
