import { rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { PaiError, toPaiError } from '@pai/core';
import { changeFiles } from './atomic-write.ts';
import { composeFromDocuments } from './compose.ts';
import { apiVersion } from './config.ts';
import { withLock } from './lock.ts';
import { npmInstall, readWanted } from './npm-install.ts';
import { isPackageName } from './package-tree.ts';
import { configFileName, type PluginEntry, readConfigText, readPluginEntries } from './plugin-config.ts';
import { findPackage, installedIntegrity, pluginDirectory } from './plugin-packages.ts';
import type { Plugins } from './plugins.ts';
import { loadEntry } from './third-party.ts';

/** What is added. */
export interface AddPlugin {
  readonly home: string;
  /** `name`, `name@1.2.3`, or a directory: `./here`, `/there`. */
  readonly wanted: string;
  readonly isolation: 'process' | 'none';
  readonly builtins: Plugins;
  /** For npm. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/** A package that a home's configuration names, and what became of it. */
export interface ListedPlugin {
  readonly entry: PluginEntry;
  /** Why it cannot be loaded, if it cannot. */
  readonly problem?: PaiError;
}

/**
 * Adds a package to the configuration of a home: one that is here already, else installed by npm. It is loaded and
 * checked first, with the example of its type, and recorded with its type, version and integrity.
 */
export async function addPlugin(options: AddPlugin): Promise<PluginEntry> {
  const { home, isolation, builtins, log } = options;
  const here = await placeOf(options);
  const loading = { home, log };
  const plugin = await loadEntry({ ...here, isolation }, loading);
  if (builtins.has(plugin.type)) {
    throw new PaiError(
      'config_invalid',
      `${here.package} has the provider type ${plugin.type}, which comes with Pai; it is not added`,
    );
  }
  if (plugin.example !== undefined) {
    const text = JSON.stringify({
      apiVersion,
      kind: 'Provider',
      metadata: { name: 'example' },
      spec: plugin.example,
    });
    const plugins: Plugins = new Map([...builtins, [plugin.type, async () => plugin]]);
    const { attached } = await composeFromDocuments([{ file: `the example of ${here.package}`, text }], {
      plugins,
    });
    for (const { end } of attached) end();
  }
  const entry: PluginEntry = {
    ...here,
    type: plugin.type,
    ...(isolation === 'none' && { isolation }),
  };
  await changeConfig(home, (entries) => {
    const other = entries.find(({ type, package: name }) => type === plugin.type && name !== entry.package);
    if (other === undefined) return [...entries.filter((one) => one.package !== entry.package), entry];
    throw new PaiError(
      'config_invalid',
      `the provider type ${plugin.type} is ${other.package}'s already; remove that first`,
    );
  });
  return entry;
}

/** Takes a package out of a home's configuration, and what npm installed of it. Throws `resource_missing`. */
export async function removePlugin(home: string, name: string): Promise<void> {
  const called = isPath(name) ? resolve(name) : name;
  await changeConfig(home, (entries) => {
    const kept = entries.filter((entry) => entry.package !== called);
    if (kept.length < entries.length) return kept;
    const known =
      entries.length === 0 ? 'there is none' : `there is ${entries.map((one) => one.package).join(', ')}`;
    throw new PaiError('resource_missing', `plugin ${called} is not in ${configFileName}; ${known}`);
  });
  // What stands in a file that someone wrote by hand may lead out of the directory of packages.
  if (isPackageName(called)) await rm(pluginDirectory(home, called), { recursive: true, force: true });
}

/** The packages of a home's configuration. One that is not as it was added has its problem. */
export async function listPlugins(home: string): Promise<readonly ListedPlugin[]> {
  const entries = await readPluginEntries(home, await readConfigText(home));
  return entries.map((entry) => {
    try {
      findPackage(home, entry);
      return { entry };
    } catch (thrown) {
      return { entry, problem: toPaiError(thrown, `plugin ${entry.package} cannot be read`) };
    }
  });
}

const isPath = (text: string) => isAbsolute(text) || /^\.{1,2}(?:[/\\]|$)/.test(text);

async function placeOf({ home, wanted, env, log }: AddPlugin): Promise<PluginEntry> {
  if (isPath(wanted)) {
    const directory = resolve(wanted);
    findPackage(home, { package: directory });
    // Its author changes it, and its version seldom.
    return { package: directory };
  }
  const { name, version } = readWanted(wanted);
  const found = attempt(() =>
    findPackage(home, { package: name, ...(version !== undefined && { version }) }),
  );
  if (found === undefined) {
    log(`installing ${wanted}`);
    return record(await npmInstall({ directory: pluginDirectory(home, name), wanted, env }));
  }
  const integrity = installedIntegrity(home, name);
  return { package: name, version: found.version, ...(integrity !== undefined && { integrity }) };
}

function record({
  name,
  version,
  integrity,
}: {
  name: string;
  version: string;
  integrity: string;
}): PluginEntry {
  return { package: name, version, integrity };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Changes the list of packages and nothing else in `config.yaml`: its comments stay. */
async function changeConfig(
  home: string,
  change: (entries: readonly PluginEntry[]) => readonly PluginEntry[],
): Promise<void> {
  await withLock(home, async () => {
    const text = await readConfigText(home);
    const entries = change(await readPluginEntries(home, text));
    const { parseDocument } = await import('yaml');
    const document = parseDocument(text ?? `apiVersion: ${apiVersion}\nkind: Config\n`);
    document.set('plugins', document.createNode(entries));
    await changeFiles([{ path: join(home, configFileName), content: document.toString() }]);
  });
}
