import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PaiError, printable } from '@pai/core';
import { directoriesOf, findAbove, isPackageName, type Manifest, readManifest } from './package-tree.ts';
import type { PluginEntry } from './plugin-config.ts';

/** A package that was found. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** Real path of its directory. */
  readonly directory: string;
  /** URL of its module. */
  readonly entry: string;
  /** Directories of it and of all that it depends on. */
  readonly readable: readonly string[];
}

/** Where `pai plugins add` installs a package: a directory of its own for each, with all that it depends on. */
export function pluginDirectory(home: string, name: string): string {
  return join(home, 'plugins', name.replace('/', '+'));
}

/**
 * Finds a package: the path it is, or by its name in the home, else beside Pai itself. Never in the current directory,
 * which may be a stranger's. Throws `plugin_unknown` when it is not there, and `config_invalid` when it is not what the
 * configuration pins.
 */
export function findPackage(home: string, entry: PluginEntry): FoundPackage {
  const directory = realpathSync(placeOf(home, entry.package));
  const { name = '', version = '', ...manifest } = readManifest(directory);
  if (entry.version !== undefined && entry.version !== version) {
    throw new PaiError(
      'config_invalid',
      `plugin ${entry.package} is here in version ${printable(version)}, and pinned to ${entry.version}; run: pai plugins add ${entry.package}`,
    );
  }
  checkIntegrity(home, entry);
  const file = join(directory, moduleOf(manifest));
  if (!file.startsWith(directory + sep) || !existsSync(file)) {
    throw new PaiError(
      'plugin_unknown',
      `plugin ${entry.package} has no module at ${printable(file)}; build it, or install it again`,
    );
  }
  return { name, version, directory, entry: pathToFileURL(file).href, readable: directoriesOf(directory) };
}

function placeOf(home: string, called: string): string {
  if (isAbsolute(called)) {
    if (existsSync(join(called, 'package.json'))) return called;
    throw new PaiError(
      'plugin_unknown',
      `there is no package at ${called}; name a directory with a package.json`,
    );
  }
  if (!isPackageName(called)) {
    throw new PaiError(
      'config_invalid',
      `${printable(called)} is neither the name of an npm package nor an absolute path`,
    );
  }
  const installed = join(pluginDirectory(home, called), 'node_modules', called);
  const found = existsSync(join(installed, 'package.json'))
    ? installed
    : findAbove(import.meta.dirname, called);
  if (found !== undefined) return found;
  throw new PaiError('plugin_unknown', `plugin ${called} is not installed; run: pai plugins add ${called}`);
}

/** What npm installed is what was recorded when the package was added. */
function checkIntegrity(home: string, { package: name, integrity }: PluginEntry): void {
  if (integrity === undefined || integrity === installedIntegrity(home, name)) return;
  throw new PaiError(
    'config_invalid',
    `plugin ${name} is not what was added: its integrity has changed; run: pai plugins remove ${name}, and add it again`,
  );
}

/** The integrity (Subresource Integrity, SHA-512) that npm has recorded of a package in the home, if it has. */
export function installedIntegrity(home: string, name: string): string | undefined {
  try {
    const text = readFileSync(join(pluginDirectory(home, name), 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages?: Record<string, { integrity?: string }> };
    return packages?.[`node_modules/${name}`]?.integrity;
  } catch {
    return undefined;
  }
}

/** The package's own module: its export `.` for `import` and Node, else `main` (https://nodejs.org/api/packages.html). */
function moduleOf({ exports, main }: Manifest): string {
  return conditional(exports) ?? main ?? 'index.js';
}

function conditional(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (!['.', 'node', 'import', 'module-sync', 'default'].includes(key)) continue;
    const found = conditional(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
