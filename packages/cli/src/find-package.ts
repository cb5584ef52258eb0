import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PaiError, type ProviderPlugin } from '@pai/core';
import type { ConformanceOptions } from '@pai/core/conformance';

/** The plugin of a package, and what its `./conformance` says, if it has one. */
export interface FoundProvider {
  readonly plugin: ProviderPlugin;
  readonly options?: ConformanceOptions;
}

/**
 * Loads a package that is installed for `from`, or that is in a directory: its code runs here. Throws `plugin_unknown`
 * when there is none, or when it does not export exactly one provider.
 */
export async function findProvider(what: string, from: string): Promise<FoundProvider> {
  const directory = findDirectory(what, from);
  const text = await readFile(join(directory, 'package.json'), 'utf8');
  const manifest = JSON.parse(text) as Manifest;
  const [options] = Object.values(await load(directory, manifest, './conformance')).filter(isOptions);
  if (options !== undefined) return { plugin: options.plugin, options };
  const plugins = Object.values(await load(directory, manifest, '.')).filter(isPlugin);
  if (plugins.length === 1 && plugins[0] !== undefined) return { plugin: plugins[0] };
  throw new PaiError(
    'plugin_unknown',
    `${what} exports ${plugins.length} providers; a package of a provider exports one defineProvider(…)`,
  );
}

interface Manifest {
  readonly main?: string;
  readonly exports?: unknown;
}

function findDirectory(what: string, from: string): string {
  if (/^[./]/.test(what)) {
    const directory = resolve(from, what);
    if (existsSync(join(directory, 'package.json'))) return directory;
    throw new PaiError('plugin_unknown', `${what} has no package.json; name the directory of a package`);
  }
  for (let at = resolve(from); ; at = dirname(at)) {
    const directory = join(at, 'node_modules', what);
    if (/^(?:@[\w.-]+\/)?[\w.-]+$/.test(what) && existsSync(join(directory, 'package.json')))
      return directory;
    if (at === dirname(at)) break;
  }
  throw new PaiError(
    'plugin_unknown',
    `${JSON.stringify(what)} is neither a provider type nor a package that is installed here; install it, or name its directory`,
  );
}

/** The exports of an entry; none where the package has no such entry. */
async function load(directory: string, { exports, main }: Manifest, entry: string): Promise<object> {
  const file = targetOf(exports, entry) ?? (entry === '.' ? (main ?? 'index.js') : undefined);
  if (file === undefined) return {};
  try {
    return await import(pathToFileURL(join(directory, file)).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PaiError(
      'plugin_unknown',
      `${join(directory, file)} cannot be loaded (${why}); build the package`,
      {
        cause,
      },
    );
  }
}

/** What `exports` names for an entry (https://nodejs.org/api/packages.html#exports). */
function targetOf(exports: unknown, entry: string): string | undefined {
  const isMap = isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  const named = isMap ? exports[entry] : entry === '.' ? exports : undefined;
  return conditionOf(named);
}

function conditionOf(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isRecord(target)) return undefined;
  return conditionOf(target['node'] ?? target['import'] ?? target['default']);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isPlugin(value: unknown): value is ProviderPlugin {
  return isRecord(value) && typeof value['create'] === 'function' && value['apiVersion'] !== undefined;
}

function isOptions(value: unknown): value is ConformanceOptions {
  return isRecord(value) && isPlugin(value['plugin']) && Array.isArray(value['samples']);
}
