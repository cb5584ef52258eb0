import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Packed } from './pack.ts';
import { mustRun } from './run.ts';

/**
 * Takes a provider that create-pai-provider has made in `directory` through all that its author would do, with the packed
 * packages in place of those that no registry has yet. Throws when a step fails.
 */
export async function checkCreated(directory: string, all: readonly Packed[]): Promise<void> {
  const file = join(directory, 'package.json');
  const text = await readFile(file, 'utf8');
  const { devDependencies, ...manifest } = JSON.parse(text) as { devDependencies: Record<string, string> };
  const own = all.filter(({ manifest: { name } }) => name === '@pai/core' || name === '@pai/policy');
  const packed = Object.fromEntries(own.map((one) => [one.manifest.name, `file:${one.file}`]));
  const changed = { ...manifest, devDependencies: { ...devDependencies, ...packed } };
  await writeFile(file, JSON.stringify(changed));
  await mustRun(directory, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');
  for (const script of ['check', 'test', 'build']) await mustRun(directory, 'npm', 'run', script);
}
