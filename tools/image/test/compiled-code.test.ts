import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { layApp } from '../src/app.ts';
import { layCompiledCode, scripts } from '../src/compiled-code.ts';

const directory = mkdtempSync(join(tmpdir(), 'pai-compiled-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('compiled code lies in the image, is taken there, and is the same however often and wherever it is made', {
  timeout: 120_000,
}, async () => {
  const apps = ['one', 'another', 'a-third'].map((name) => join(directory, name));
  const [first = '', ...others] = apps;
  await layApp(join(import.meta.dirname, '../../..'), first);
  for (const other of others) cpSync(first, other, { recursive: true });
  for (const app of apps) layCompiledCode(app, process.execPath);
  for (const script of scripts) {
    const [made = Buffer.alloc(0), ...again] = apps.map((app) => readFileSync(join(app, `${script}.cache`)));
    for (const other of again) expect(other.equals(made)).toBe(true);

    const text = readFileSync(join(first, script), 'latin1');
    const taken = new vm.Script(text, { filename: '/opt/pai/script.js', cachedData: made });
    expect(taken.cachedDataRejected).toBe(false);
    // V8 alone compiles no function before it is called.
    expect(made.length).toBeGreaterThan(3 * new vm.Script(text).createCachedData().length);
  }
});
