import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
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
 * checked first, with the example of its type, and recorded with its type, version and integrity. What npm installs is
 * elsewhere until then, so that what was there stays as it is when anything goes wrong.
 */
export function addPlugin(options: AddPlugin): Promise<PluginEntry> {
  const { home, wanted } = options;
  return withLock(
    home,
    async () => {
      const here = findHere(options);
      if (here !== undefined) return recordIn(home, await check(here, options));
      const { name } = readWanted(wanted);
      // Laid out as a home is.
      const stage = join(home, 'plugins', '.new');
      await rm(stage, { recursive: true, force: true });
      try {
        const entry = await check(await install(name, stage, options), { ...options, home: stage });
        return await recordIn(home, entry, {
          from: pluginDirectory(stage, name),
          to: pluginDirectory(home, name),
        });
      } finally {
        await rm(stage, { recursive: true, force: true });
      }
    },
    { file: lockFile },
  );
}

/** Of those who change what is installed, which takes longer than writers wait. */
const lockFile = '.plugins.lock';

/** Loads a package and gives its entry with the type. */
async function check(
  here: PluginEntry,
  { home, isolation, builtins, log }: Pick<AddPlugin, 'home' | 'isolation' | 'builtins' | 'log'>,
): Promise<PluginEntry> {
  const plugin = await loadEntry({ ...here, isolation }, { home, log });
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
  return { ...here, type: plugin.type, ...(isolation === 'none' && { isolation }) };
}

/** Adds or replaces an entry of the configuration, and puts what npm installed in its place. */
async function recordIn(home: string, entry: PluginEntry, move?: Move): Promise<PluginEntry> {
  const change = (entries: readonly PluginEntry[]) => {
    const other = entries.find(({ type, package: name }) => type === entry.type && name !== entry.package);
    if (other === undefined) return [...entries.filter((one) => one.package !== entry.package), entry];
    throw new PaiError(
      'config_invalid',
      `the provider type ${entry.type} is ${other.package}'s already; remove that first`,
    );
  };
  await changeConfig(home, change, move);
  return entry;
}

/** Takes a package out of a home's configuration, and what npm installed of it. Throws `resource_missing`. */
export function removePlugin(home: string, name: string): Promise<void> {
  const called = isPath(name) ? resolve(name) : name;
  return withLock(home, () => remove(home, called), { file: lockFile });
}

async function remove(home: string, called: string): Promise<void> {
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

/** The entry of a package that is in a place where packages are looked for. */
function findHere({ home, wanted }: AddPlugin): PluginEntry | undefined {
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
  if (found === undefined) return undefined;
  const integrity = installedIntegrity(home, name);
  return { package: name, version: found.version, ...(integrity !== undefined && { integrity }) };
}

async function install(
  called: string,
  home: string,
  { wanted, env, log }: Pick<AddPlugin, 'wanted' | 'env' | 'log'>,
): Promise<PluginEntry> {
  log(`installing ${wanted}`);
  const { name, version, integrity } = await npmInstall({
    directory: pluginDirectory(home, called),
    wanted,
    env,
  });
  return { package: name, version, integrity };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/** Changes the list of packages and nothing else in `config.yaml`: its comments stay. A directory is moved with it. */
async function changeConfig(
  home: string,
  change: (entries: readonly PluginEntry[]) => readonly PluginEntry[],
  move?: Move,
): Promise<void> {
  await withLock(home, async () => {
    const text = await readConfigText(home);
    const entries = change(await readPluginEntries(home, text));
    const { parseDocument } = await import('yaml');
    const document = parseDocument(text ?? '');
    // A file that is not there, is empty or holds comments only has neither.
    document.set('apiVersion', apiVersion);
    document.set('kind', 'Config');
    document.set('plugins', document.createNode(entries));
    const changes = [{ path: join(home, configFileName), content: document.toString() }];
    await (move === undefined ? changeFiles(changes) : moveWhile(move, () => changeFiles(changes)));
  });
}

/** Moves a directory in the place of another, which is put back when the `action` fails. */
async function moveWhile({ from, to }: Move, action: () => Promise<void>): Promise<void> {
  const former = `${from}.former`;
  const hasFormer = existsSync(to);
  if (hasFormer) await rename(to, former);
  await rename(from, to);
  try {
    await action();
  } catch (thrown) {
    await rename(to, from);
    if (hasFormer) await rename(former, to);
    throw thrown;
  }
}
