import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PaiError } from '@pai/core';
import { directoriesOf, findAbove } from '../package-tree.ts';

/** The program of a plugin's process: a source, a built module, or the built one beside a bundle. */
export function childModule(): string {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return fileURLToPath(new URL('./child/main.ts', here));
  const place = here.endsWith('/bundle/sidecar.js') ? '../isolation/child/main.js' : './child/main.js';
  return fileURLToPath(new URL(place, here));
}

/**
 * The packages of Pai's that a plugin's process is made of, where that process finds them. There is nothing but code in
 * them. Throws `plugin_failed` when one is not there.
 */
export function ownDirectories(): readonly string[] {
  const own = packageOf(childModule());
  const shared = ['@pai/core', '@pai/policy'].map((name) => findAbove(own, name) ?? missing(name, own));
  return [own, ...shared.flatMap(directoriesOf)];
}

function missing(name: string, from: string): never {
  throw new PaiError(
    'plugin_failed',
    `${name} is not installed where ${from} would find it; install pai again`,
  );
}

/** The nearest directory above a file that holds a `package.json`; the file's own where there is none. */
function packageOf(file: string): string {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory)) return dirname(file);
  }
}
