import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { directoriesOf } from '../package-tree.ts';

/** The program of a plugin's process: a source, a built module, or the built one beside a bundle. */
export function childModule(): string {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return fileURLToPath(new URL('./child/main.ts', here));
  const place = here.includes('/bundle/') ? '../isolation/child/main.js' : './child/main.js';
  return fileURLToPath(new URL(place, here));
}

/** The packages of Pai's that a plugin's process is made of. There is nothing but code in them. */
export function ownDirectories(): readonly string[] {
  const shared = ['@pai/core', '@pai/policy'].map((name) =>
    packageOf(fileURLToPath(import.meta.resolve(name))),
  );
  return [packageOf(childModule()), ...shared.flatMap(directoriesOf)];
}

/** The nearest directory above a file that holds a `package.json`; the file's own where there is none. */
function packageOf(file: string): string {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory)) return dirname(file);
  }
}
