import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the packages are. */
export const packagesDirectory = fileURLToPath(new URL('../../packages', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly bin?: { readonly pai?: string } };
}

/** The command as it is published, from its package's directory. */
export function publishedCommand(): string {
  const file = join(packagesDirectory, 'cli/package.json');
  const { publishConfig }: Manifest = JSON.parse(readFileSync(file, 'utf8'));
  return publishConfig?.bin?.pai ?? './dist/main.js';
}

/** Whether every package has been built, and none of them before its sources were last changed. */
export function builtState(): 'built' | 'stale' | 'missing' {
  const packages = readdirSync(packagesDirectory).map((name) => join(packagesDirectory, name));
  const command = join(packagesDirectory, 'cli', publishedCommand());
  if (!existsSync(command) || packages.some((path) => !existsSync(join(path, 'dist')))) return 'missing';
  return packages.some((path) => newest(join(path, 'src')) > newest(join(path, 'dist'))) ? 'stale' : 'built';
}

/**
 * Lays the built packages into `directory`, unless they are there, as an installation has them, where `exports` lead to
 * `dist`, and gives the directory of the command's package.
 */
export function layInstalled(directory: string): string {
  const modules = join(directory, 'node_modules');
  const command = join(modules, '@pai/cli');
  if (existsSync(command)) return command;
  for (const folder of readdirSync(packagesDirectory)) {
    const source = join(packagesDirectory, folder);
    const manifest: Manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    const target = join(modules, manifest.name);
    cpSync(join(source, 'dist'), join(target, 'dist'), { recursive: true });
    writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, ...manifest.publishConfig }));
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const link = join(modules, name);
      if (name.startsWith('@pai/') || existsSync(link)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(realpathSync(join(source, 'node_modules', name)), link);
    }
  }
  return command;
}

function newest(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Math.max(
    ...entries
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}
