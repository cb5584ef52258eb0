import { PaiError, type Provider, type ProviderPlugin } from '@pai/core';
import type { DeclaredPlugin, DeclaredProvider, DeclaredSpec } from '../wire.ts';

/** The one plugin among the exports of a module. Throws `plugin_unknown` when there is none, or more. */
export function onlyPlugin(module: object): ProviderPlugin {
  const found = Object.values(module).filter(
    (value: unknown) =>
      typeof value === 'object' && value !== null && 'apiVersion' in value && 'create' in value,
  );
  const [plugin] = found;
  if (found.length === 1) return plugin as ProviderPlugin;
  throw new PaiError(
    'plugin_unknown',
    `the package exports ${found.length} provider types; it must export one, made by defineProvider`,
  );
}

/** A plugin as data, and what of it is none. */
export function declarePlugin(plugin: ProviderPlugin): DeclaredPlugin {
  const { apiVersion, type, spec, example, impliedActions } = plugin;
  const { hasCaseSensitiveActions, hasNoActions } = plugin;
  return {
    apiVersion,
    type,
    spec,
    example,
    hasCaseSensitiveActions,
    hasNoActions,
    impliedActions,
    functions: functionsOf(plugin),
    obstacles: [
      holdsFunction(spec) &&
        'its schema has functions (a codec, a refinement); say the same with JSON Schema keywords',
      plugin.login && 'login is run by pai login, with a browser',
    ].filter((obstacle) => typeof obstacle === 'string'),
  };
}

/** What a plugin says of one spec, and of the patterns in its policy. */
export function declareSpec(plugin: ProviderPlugin, spec: unknown, written: readonly string[]): DeclaredSpec {
  const { patterns } = plugin;
  return {
    ...(plugin.secretKeys !== undefined && { secretKeys: plugin.secretKeys(spec) }),
    ...(plugin.tokenHosts !== undefined && { tokenHosts: plugin.tokenHosts(spec) }),
    ...(patterns !== undefined && {
      patterns: Object.fromEntries(written.map((pattern) => [pattern, patterns(pattern)])),
    }),
  };
}

/** A Provider as data, and what of it is none. */
export function declareProvider(provider: Provider): DeclaredProvider {
  const { hosts, placeholders, mcp, credentialSlots, hasOpaquePaths, isScoped, upgrades } = provider;
  const { headers, query, signed, path, shownPath, content } = credentialSlots;
  const obstacles = [
    path && 'credentialSlots.path is a function that judges every request as it comes',
    shownPath && 'credentialSlots.shownPath is a function that judges every request as it comes',
    content && 'credentialSlots.content is a function that reads what no policy has judged',
    provider.later && 'later judges content as it streams',
    provider.rejects && 'rejects judges every response as it comes',
    provider.program && 'program is run by the sidecar itself',
    provider.tokenHosts &&
      'tokenHosts come from its Secret; only those of the plugin, which its spec gives, are known here',
  ].filter((obstacle) => typeof obstacle === 'string');
  return {
    hosts,
    env: placeholders.env,
    ...(placeholders.files !== undefined && { files: placeholders.files }),
    ...(mcp !== undefined && { mcp }),
    slots: { headers, ...(query !== undefined && { query }), ...(signed !== undefined && { signed }) },
    hasOpaquePaths: hasOpaquePaths === true,
    isScoped: isScoped === true,
    ...(upgrades !== undefined && { upgrades }),
    functions: functionsOf(provider),
    obstacles,
  };
}

function functionsOf(value: object): readonly string[] {
  return Object.entries(value).flatMap(([name, member]) => (typeof member === 'function' ? [name] : []));
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Reflect.ownKeys(value).some((key) =>
    holdsFunction((value as Record<string | symbol, unknown>)[key]),
  );
}
