import { isPaiError, type ProviderPlugin } from '@pai/core';
import { checkFor } from '@pai/policy';
import type { ProviderTypeResource, Resource } from './config.ts';
import { loadDeclarative, type Plugins } from './plugins.ts';
import { type Fault, findFaults } from './validate.ts';

/** The provider types that resources declare, by `namespace/name`. */
export type DeclaredTypes = ReadonlyMap<string, ProviderPlugin>;

/** The key of a declared type. */
export function typeKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** The types that are declared among resources. */
export function typesAmong(resources: readonly Resource[]): DeclaredTypes {
  const types = resources.filter((resource) => resource.kind === 'ProviderType');
  return new Map(types.map((type) => [typeKey(type), type.plugin]));
}

/** All types that a Provider of one namespace can be of. */
export function pluginsIn(namespace: string, plugins: Plugins, declared: DeclaredTypes = new Map()): Plugins {
  const prefix = typeKey({ namespace, name: '' });
  const own = [...declared].filter(([key]) => key.startsWith(prefix));
  if (own.length === 0) return plugins;
  return new Map([
    ...plugins,
    ...own.map(([key, plugin]) => [key.slice(prefix.length), async () => plugin] as const),
  ]);
}

/** Checks the `spec` of a type called `name`, and makes it a plugin; or says what is wrong. */
export async function readType(
  name: string,
  value: unknown,
  plugins: Plugins,
): Promise<Pick<ProviderTypeResource, 'spec' | 'plugin'> | { readonly faults: readonly Fault[] }> {
  const at = (message: string) => ({ faults: [{ path: ['metadata', 'name'], message }] });
  if (plugins.has(name))
    return at(`metadata.name ${name} is a type that comes with Pai; choose another name`);
  const { providerTypeSpec, findTypeFaults, declareProvider } = await loadDeclarative();
  const check = await checkFor(providerTypeSpec);
  const misfits = findFaults(providerTypeSpec, value, ['spec'], check);
  if (misfits.length > 0) return { faults: misfits };
  const spec = value as ProviderTypeResource['spec'];
  const faults = findTypeFaults(spec);
  if (faults.length > 0) {
    return { faults: faults.map(({ path, message }) => ({ path: ['spec', ...path], message })) };
  }
  try {
    return { spec, plugin: declareProvider(name, spec) };
  } catch (thrown) {
    if (!isPaiError(thrown)) throw thrown;
    return at(`metadata.name: ${thrown.message}`);
  }
}
