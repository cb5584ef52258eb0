import type { ProviderPlugin } from '@pai/core';
import {
  addCommand,
  createSecretStore,
  formatPlace,
  loadPluginFor,
  loadState,
  loginCommand,
  type Plugins,
  type Resource,
  type SecretEntry,
  secretKeysOf,
} from '@pai/sidecar';
import { findUnknownActions } from './unknown-actions.ts';

/** A sentence for every name in the applied resources that leads nowhere yet: Secrets and their keys, Providers of Agents, actions. */
export async function findLooseEnds(
  home: string,
  resources: readonly Resource[],
  plugins: Plugins,
): Promise<readonly string[]> {
  const secrets = await createSecretStore(home).list();
  const { providers } = await loadState(home, plugins);
  const isProvider = (of: string, called: string) =>
    providers.some(({ name, namespace }) => name === called && namespace === of);
  const found = resources.map(async (resource) => {
    if (resource.kind === 'Provider') return endsOfProvider(resource, secrets, plugins);
    const hasProviders = resource.kind === 'Agent' || resource.kind === 'AccessKey';
    return hasProviders ? providerEnds(resource, isProvider) : [];
  });
  return (await Promise.all(found)).flat();
}

type Kind<Name extends Resource['kind']> = Extract<Resource, { readonly kind: Name }>;

function providerEnds(
  { namespace, document, spec }: Kind<'Agent' | 'AccessKey'>,
  isProvider: (namespace: string, name: string) => boolean,
): readonly string[] {
  return (spec.providers ?? []).flatMap((name, i) => {
    const at = formatPlace(document.placeOf(['spec', 'providers', i]));
    return isProvider(namespace, name) ? [] : [`${at}: provider ${name} does not exist yet; apply it too`];
  });
}

async function endsOfProvider(
  resource: Kind<'Provider'>,
  secrets: readonly SecretEntry[],
  plugins: Plugins,
): Promise<readonly string[]> {
  const plugin = resource.plugin ?? (await loadPluginFor(plugins, resource.spec));
  return [...secretEnds(resource, secrets, plugin), ...(await findUnknownActions(resource, plugin))];
}

function secretEnds(
  { name, namespace, document, spec }: Kind<'Provider'>,
  secrets: readonly SecretEntry[],
  plugin: ProviderPlugin,
): readonly string[] {
  const { secretRef, secretKey } = spec.auth ?? {};
  if (secretRef === undefined) return [];
  const at = formatPlace(document.placeOf(['spec', 'auth', 'secretRef']));
  const secret = secrets.find((entry) => entry.name === secretRef && entry.namespace === namespace);
  const keys = secretKeysOf(plugin, spec);
  const isLogin = plugin.login?.(spec) !== undefined;
  const remedy = `run: ${isLogin ? loginCommand(namespace, name) : addCommand(namespace, secretRef, keys)}`;
  if (secret === undefined) return [`${at}: secret ${secretRef} does not exist yet; ${remedy}`];
  if (isLogin && secret.problem === undefined && !keys.every(({ key }) => secret.keys.includes(key))) {
    return [`${at}: secret ${secretRef} is of no login yet; ${remedy}`];
  }
  // Where the type says that other keys are used, that one is only the default of the schema.
  const isUsed = keys.some(({ key }) => key === secretKey);
  const isComplete =
    secretKey === undefined || !isUsed || secret.problem !== undefined || secret.keys.includes(secretKey);
  return isComplete ? [] : [`${at}: secret ${secretRef} has no key ${secretKey}; ${remedy}`];
}
