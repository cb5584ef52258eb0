import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './sources.ts';
import traps from './traps.json' with { type: 'json' };

interface Trap {
  readonly what: string;
  readonly tests: readonly string[];
  /** Why there is no test. */
  readonly because?: string;
}

/** Tests of these name what they hold by its own words. */
const unnamed = new Set(['R2', 'R3', 'R14']);

test.each(Object.entries(traps as Record<string, Trap>))('trap %s has a test that names it', (id, trap) => {
  if (trap.tests.length === 0) return expect(trap.because).toBeTruthy();
  const missing = trap.tests.filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
  if (unnamed.has(id)) return;
  const silent = trap.tests.filter(
    (path) => !new RegExp(`\\b${id}\\b`).test(readFileSync(join(root, path), 'utf8')),
  );
  expect(silent).toEqual([]);
});
