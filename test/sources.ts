import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** One TypeScript file of a package, and who it imports. */
export interface Source {
  /** From the root, with slashes: `packages/core/src/host.ts`. */
  readonly path: string;
  /** Name of the package's directory. */
  readonly owner: string;
  readonly text: string;
  /** Module specifiers as written, types included. */
  readonly imports: readonly string[];
}

/** Every hand-written source file of the packages. */
export const sources: readonly Source[] = globSync('packages/*/src/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.generated.ts'))
  .map((path) => {
    const text = readFileSync(`${root}${path}`, 'utf8');
    const specifiers = text.matchAll(/(?:\bfrom |\bimport |\bimport\()'([^']+)'/g);
    const [, owner = ''] = path.split('/');
    return { path, owner, text, imports: [...specifiers].map(([, name = '']) => name) };
  });
