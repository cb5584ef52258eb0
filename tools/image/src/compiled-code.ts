import { basename, join } from 'node:path';
import { mustRun } from './run.ts';

/** The scripts of a start, below an app. */
export const scripts = [
  'dist/pai-cli.script.cjs',
  'node_modules/@pai/sidecar/dist/bundle/sidecar.script.cjs',
] as const;

/**
 * Lays what V8 compiles of the scripts in `app` beside them, where their bundles look for it, as the program `node` will
 * run it: in an image nothing can be kept by the one who runs it. The same files and the same Node give the same bytes.
 */
export function layCompiledCode(app: string, node: string): void {
  const compile = join(import.meta.dirname, 'compile-ahead.ts');
  // The order of some of it goes by a number that V8 draws.
  const seed = '--random-seed=1';
  for (const script of scripts) {
    const file = join(app, script);
    mustRun(app, node, seed, compile, file, basename(file), `${file}.cache`);
  }
}
