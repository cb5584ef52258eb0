import { PaiError, type Provider, type ProviderContext, type ProviderPlugin } from '@pai/core';
import type { ProviderTypeSpec } from '@pai/provider-declarative';
import type { ProviderSpec } from './config.ts';
import type { IsolatedPlugin, PreparedPlugin } from './isolation/plugin.ts';
import { nearestKey } from './nearest-key.ts';

export type { ProviderTypeSpec };

/** Provider types and what loads each. A type that no configuration names is never loaded. */
export type Plugins = ReadonlyMap<string, () => Promise<ProviderPlugin | IsolatedPlugin>>;

/** The provider types that come with Pai. */
export const builtinPlugins: Plugins = new Map([
  ['github', async () => findPlugin(await import('@pai/provider-github'), 'github')],
  ['slack', async () => findPlugin(await import('@pai/provider-slack'), 'slack')],
  ['http-token', async () => findPlugin(await import('@pai/provider-http-token'), 'http-token')],
  ['telegram', async () => findPlugin(await import('@pai/provider-telegram'), 'telegram')],
  ['aws', async () => findPlugin(await import('@pai/provider-aws'), 'aws')],
  ['azure', async () => findPlugin(await import('@pai/provider-azure'), 'azure')],
  ['gcp', async () => findPlugin(await import('@pai/provider-gcp'), 'gcp')],
  ['mcp', async () => findPlugin(await import('@pai/provider-mcp'), 'mcp')],
]);

/** What makes a provider type of a `kind: ProviderType`, loaded by the first one. */
export function loadDeclarative(): Promise<typeof import('@pai/provider-declarative')> {
  return import('@pai/provider-declarative');
}

/** The plugin of a provider type. Throws `plugin_unknown`, saying what there is, when there is none. */
export async function loadPlugin(plugins: Plugins, type: string): Promise<ProviderPlugin | IsolatedPlugin> {
  const load = plugins.get(type);
  if (load !== undefined) return load();
  const types = [...plugins.keys()];
  const nearest = nearestKey(type, types);
  const remedy =
    nearest === undefined
      ? `the types here are ${types.join(', ')}, and pai plugins add PACKAGE adds others`
      : `did you mean ${nearest}`;
  throw new PaiError('plugin_unknown', `${JSON.stringify(type)} is not a provider type; ${remedy}`);
}

/** The plugin of a spec's type, as it is for that spec. Throws as `loadPlugin`. */
export async function loadPluginFor(plugins: Plugins, spec: ProviderSpec): Promise<ProviderPlugin> {
  const plugin = await loadPlugin(plugins, spec.type);
  return 'prepare' in plugin ? plugin.prepare(spec) : plugin;
}

/** The Provider of a spec: here, or in a process of its own where its plugin is isolated. */
export async function createProvider(
  plugin: ProviderPlugin,
  spec: ProviderSpec,
  context: ProviderContext,
): Promise<Provider> {
  return isPrepared(plugin) ? plugin.open(context) : plugin.create(spec, context);
}

/** Whether a plugin makes its Providers in processes of their own. */
export function isPrepared(plugin: ProviderPlugin): plugin is PreparedPlugin {
  return 'open' in plugin;
}

/** The one plugin of `type` among the exports of a module. Throws `plugin_unknown` when there is none. */
export function findPlugin(module: object, type: string): ProviderPlugin {
  const found = Object.values(module).find((value: unknown) => {
    const plugin = value as Partial<ProviderPlugin> | null;
    return typeof plugin === 'object' && plugin?.apiVersion === 'v1' && plugin.type === type;
  });
  if (found !== undefined) return found as ProviderPlugin;
  throw new PaiError(
    'plugin_unknown',
    `the package for ${type} exports no provider plugin of that type; install a version that does`,
  );
}
