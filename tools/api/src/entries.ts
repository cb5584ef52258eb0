import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One place from which a package can be imported. */
export interface Entry {
  /** As it is imported: `@pai/core/conformance`. */
  readonly specifier: string;
  /** The package's directory. */
  readonly directory: string;
  /** Its declarations, once built, and what they are built from. */
  readonly declarations: string;
  readonly source: string;
}

type Exports = Readonly<Record<string, { readonly types?: string }>>;

/** Every entry of every published package below `root`, in order of its name; of two with the same declarations the first. */
export function findEntries(root: string): readonly Entry[] {
  const manifests = globSync('packages/*/package.json', { cwd: root }).sort();
  return manifests.flatMap((path) => entriesOf(dirname(join(root, path))));
}

function entriesOf(directory: string): Entry[] {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const exports: Exports = manifest.publishConfig?.exports ?? {};
  const seen = new Set<string>();
  return Object.entries(exports).flatMap(([key, { types }]) => {
    if (types === undefined || seen.has(types)) return [];
    seen.add(types);
    const source = types.replace('./dist/', 'src/').replace('.d.ts', '.ts');
    return {
      specifier: join(manifest.name, key),
      directory,
      declarations: join(directory, types),
      source: join(directory, source),
    };
  });
}
