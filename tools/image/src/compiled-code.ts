import { join } from 'node:path';
import { mustRun } from './run.ts';

/**
 * Lays what V8 compiles of the sidecar in `app` beside it, where its bundle looks for it, as the program `node` will run
 * it: in an image nothing can be kept by the one who runs it. The same files and the same Node give the same bytes.
 */
export function layCompiledCode(app: string, node: string): void {
  const file = join(app, 'node_modules/@pai/sidecar/dist/bundle/sidecar.script.cjs');
  // The order of some of it goes by a number that V8 draws.
  const seed = '--random-seed=1';
  mustRun(app, node, seed, join(import.meta.dirname, 'compile-ahead.ts'), file, `${file}.cache`);
}
