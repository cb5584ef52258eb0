import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './manifest.ts';
import { mustRun } from './run.ts';
import { readTarball, type TarEntry } from './tarball.ts';

/** A packed package. */
export interface Packed {
  /** Its directory below `packages`. */
  readonly directory: string;
  readonly file: string;
  readonly manifest: Manifest;
  readonly entries: readonly TarEntry[];
}

/** Builds everything anew and packs every package into `destination`. Throws when a command fails. */
export async function buildAndPack(root: string, destination: string): Promise<readonly Packed[]> {
  const packages = join(root, 'packages');
  for (const name of readdirSync(packages)) {
    rmSync(join(packages, name, 'dist'), { recursive: true, force: true });
  }
  await mustRun(root, join(root, 'node_modules/.bin/tsc'), '-b');
  await mustRun(root, process.execPath, join(root, 'tools/bundle/src/main.ts'));
  const args = ['-y', 'pnpm@12', '--filter', './packages/*', 'pack', '--pack-destination', destination];
  await mustRun(root, 'npx', ...args);
  return readdirSync(destination)
    .filter((file) => file.endsWith('.tgz'))
    .sort()
    .map((name) => {
      const file = join(destination, name);
      const entries = readTarball(file);
      const text = entries.find(({ path }) => path === 'package.json')?.text ?? '{}';
      const manifest: Manifest = JSON.parse(text);
      return { directory: join(packages, manifest.name.replace('@pai/', '')), file, manifest, entries };
    });
}
