import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PaiError } from '@pai/core';

/** What is read of a `package.json`. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly exports?: unknown;
  readonly main?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** An npm package's name, as a pattern's source (https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name). */
export const packageName = '(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*';
const namePattern = new RegExp(`^${packageName}$`);

/** Whether a text is the name of an npm package, and no path and no version. */
export function isPackageName(text: string): boolean {
  return namePattern.test(text) && text.length <= 214 && text !== 'node_modules';
}

/** A package in the nearest `node_modules` above a directory. */
export function findAbove(from: string, name: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const place = join(directory, 'node_modules', name);
    if (existsSync(join(place, 'package.json'))) return place;
    if (directory === dirname(directory)) return undefined;
  }
}

/** A package's `package.json`. Throws `plugin_unknown` when it cannot be read. */
export function readManifest(directory: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  } catch (cause) {
    throw new PaiError(
      'plugin_unknown',
      `${directory}/package.json cannot be read; install the package again`,
      { cause },
    );
  }
}

/**
 * The directories of a package, given by its own, and of all that it depends on: real paths, and the links that lead to
 * them. Those that Pai shares with it are no part of it.
 */
export function directoriesOf(directory: string): readonly string[] {
  const found = new Set<string>();
  collect(directory, found);
  return [...found];
}

function collect(place: string, found: Set<string>): void {
  // Node reads a manifest by the link, before it follows that.
  found.add(place);
  const directory = realpathSync(place);
  if (place !== directory && found.has(directory)) return;
  found.add(directory);
  for (const name of Object.keys(readManifest(directory).dependencies ?? {})) {
    if (!isPackageName(name) || name === '@pai/core' || name === '@pai/policy') continue;
    const next = findAbove(directory, name);
    if (next !== undefined && !found.has(next)) collect(next, found);
  }
}
