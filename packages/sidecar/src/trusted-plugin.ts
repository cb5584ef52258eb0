import { fileURLToPath } from 'node:url';
import { defineProvider, PaiError, type ProviderPlugin } from '@pai/core';
import { onlyPlugin } from './isolation/child/declare.ts';
import { schemaObstacle } from './isolation/schema-obstacle.ts';
import type { FoundPackage } from './plugin-packages.ts';

/**
 * Loads a package into this process, with all the powers that this has: only for code that is trusted like Pai's own.
 * Rejects with `config_invalid` and `plugin_unknown` as for one that is isolated.
 */
export async function loadTrusted(label: string, { entry, readable }: FoundPackage): Promise<ProviderPlugin> {
  shareModules(readable);
  let module: object;
  try {
    module = (await import(entry)) as object;
  } catch (cause) {
    throw new PaiError(
      'plugin_unknown',
      `plugin ${label} could not be loaded; see whether it runs by itself`,
      { cause },
    );
  }
  const plugin = defineProvider(onlyPlugin(module));
  const fault = schemaObstacle(plugin.type, plugin.spec);
  if (fault !== undefined) throw new PaiError('config_invalid', `plugin ${label} ${fault}`);
  return plugin;
}

const sharing: string[] = [];

/** One program has one core: the packages that Pai shares are its own for these directories too. */
function shareModules(directories: readonly string[]): void {
  const isFirst = sharing.length === 0;
  sharing.push(...directories.filter((directory) => !sharing.includes(directory)));
  if (!isFirst) return;
  process.getBuiltinModule('node:module').registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      const isShared = /^@pai\/(?:core|policy)(?:\/|$)/.test(specifier);
      const isOurs = isShared && parentURL?.startsWith('file:') === true;
      const path = isOurs ? fileURLToPath(parentURL) : '';
      const isFor = sharing.some((directory) => path.startsWith(`${directory}/`));
      return next(specifier, isFor ? { ...context, parentURL: import.meta.url } : context);
    },
  });
}
