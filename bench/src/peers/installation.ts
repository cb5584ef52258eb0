import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Says that a program is not there, and what would bring it. */
export function obstacleOf(program: string, args: readonly string[], remedy: string): string | undefined {
  return spawnSync(program, args).error === undefined ? undefined : `${program} not found (${remedy})`;
}

/** The first version number that a program prints. */
export function versionOf(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return /\d+\.\d+(?:\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

/** Versions of installed npm packages by their names. */
export function packageVersions(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const file = findPackageJSON(name, import.meta.url);
      const { version } = JSON.parse(file === undefined ? '{}' : readFileSync(file, 'utf8')) as {
        version?: string;
      };
      return [name, version ?? 'unknown'];
    }),
  );
}

/** The path of a program of `bench/peers`. */
export function programOf(name: string): string {
  return fileURLToPath(new URL(`../../peers/${name}`, import.meta.url));
}
