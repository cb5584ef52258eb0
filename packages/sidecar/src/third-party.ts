import { isAbsolute } from 'node:path';
import { PaiError, type ProviderPlugin, printable, toPaiError } from '@pai/core';
import type { IsolationLimits } from './isolation/keeper.ts';
import type { IsolatedPlugin } from './isolation/plugin.ts';
import { createOnce } from './once.ts';
import { isPackageName } from './package-tree.ts';
import { type PluginEntry, readConfigText, readPluginEntries } from './plugin-config.ts';
import { findPackage } from './plugin-packages.ts';
import type { Plugins } from './plugins.ts';

/** What plugins are loaded with. */
export interface PluginsOptions {
  readonly home: string;
  /** The types that are there without any configuration. */
  readonly builtins: Plugins;
  /** Packages to load beside those of the home's `config.yaml`. */
  readonly named?: readonly string[] | undefined;
  readonly limits?: IsolationLimits | undefined;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** A third party's plugin, wherever it runs. */
export type ThirdParty = ProviderPlugin | IsolatedPlugin;

/**
 * Gives the provider types of a home: those that come with Pai and those of the packages that its `config.yaml` names.
 * Asked again it gives the same types, until that file has changed. Rejects with `config_invalid` and `state_corrupt`; a
 * package that cannot be loaded is said, and its type is not there.
 */
export function createPluginsReader({
  home,
  builtins,
  named = [],
  limits,
  log,
}: PluginsOptions): () => Promise<Plugins> {
  let known: { readonly text: string | undefined; readonly plugins: Plugins } | undefined;
  return async () => {
    const text = await readConfigText(home);
    if (known !== undefined && known.text === text) return known.plugins;
    const entries = await readPluginEntries(home, text);
    const all = [...entries, ...named.map((name) => ({ package: name }))];
    const plugins = all.length === 0 ? builtins : await join({ home, builtins, limits, log }, all);
    known = { text, plugins };
    return plugins;
  };
}

async function join(options: PluginsOptions, entries: readonly PluginEntry[]): Promise<Plugins> {
  const { builtins, log } = options;
  const plugins = new Map(builtins);
  const owners = new Map<string, string>();
  for (const entry of entries) {
    const load = createOnce(() => loadEntry(entry, options)).get;
    try {
      const type = entry.type ?? (await load()).type;
      const owner = builtins.has(type) ? 'Pai itself' : owners.get(type);
      if (owner !== undefined && owner !== entry.package) throw taken(entry.package, type, owner);
      owners.set(type, entry.package);
      plugins.set(type, load);
    } catch (thrown) {
      log(
        `NOT LOADED: ${toPaiError(thrown, `plugin ${printable(entry.package)} could not be loaded`).message}`,
      );
    }
  }
  return plugins;
}

/** Loads the package that an entry of the configuration names. Rejects with a sentence of what is wrong with it. */
export async function loadEntry(
  entry: PluginEntry,
  { home, limits, log }: Pick<PluginsOptions, 'home' | 'limits' | 'log'>,
): Promise<ThirdParty> {
  const found = findPackage(home, entry);
  const label = isAbsolute(entry.package) && isPackageName(found.name) ? found.name : entry.package;
  const plugin =
    entry.isolation === 'none'
      ? await import('./trusted-plugin.ts').then(({ loadTrusted }) => loadTrusted(label, found))
      : await import('./isolation/plugin.ts').then(({ loadIsolated }) =>
          loadIsolated({ label, ...found, ...(limits !== undefined && { limits }) }, log),
        );
  if (entry.type === undefined || entry.type === plugin.type) return plugin;
  throw new PaiError(
    'config_invalid',
    `plugin ${label} has the provider type ${plugin.type}, and the configuration says ${entry.type}; run: pai plugins add ${entry.package}`,
  );
}

function taken(name: string, type: string, owner: string): PaiError {
  return new PaiError(
    'config_invalid',
    `plugin ${name} has the provider type ${type}, which is ${owner}'s already; remove one`,
  );
}
