import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { commonJsOf, scriptOf } from '../src/script-bundle.ts';

const loader = pathToFileURL(join(import.meta.dirname, '../src/run-script.ts')).href;

/** A directory with a script, and what starts a process that runs it. */
function createPlace(text = 'exports.called = () => __dirname; exports.called();') {
  const directory = mkdtempSync(join(tmpdir(), 'pai-script-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [module, file, cache] = ['made.js', 'made.script.js', 'cache'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  writeFileSync(
    file,
    `(function (exports, require, __import, __filename, __dirname) { 'use strict'; ${text} })`,
  );
  /** What it exports, and whether V8 took what was kept; `title` is what the process is called. */
  const run = (title = 'pai sidecar', digest = 'digest') => {
    const code = `
      import vm from 'node:vm';
      import { enableCompileCache } from 'node:module';
      enableCompileCache(${JSON.stringify(cache)});
      process.title = ${JSON.stringify(title)};
      const taken = [];
      const { Script } = vm;
      vm.Script = class extends Script {
        constructor(...args) { super(...args); taken.push(this.cachedDataRejected ?? null); }
      };
      const { runScript } = await import(${JSON.stringify(loader)});
      const place = { ...${JSON.stringify({ module, file, digest })}, load: (name) => import(name) };
      const made = runScript(place);
      setTimeout(() => console.log(JSON.stringify({ taken, dir: made.called() })), 600);`;
    const args = ['--input-type=module', '-e', code];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as {
      readonly taken: readonly (boolean | null)[];
      readonly dir: string;
    };
  };
  const kept = () =>
    readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.script'));
  return { directory, file, cache, run, kept };
}

test('what a sidecar compiled is kept for its user alone, and taken by the next', () => {
  const { directory, cache, run, kept } = createPlace();
  expect(run()).toEqual({ taken: [null], dir: directory });
  expect(kept()).toHaveLength(1);
  expect(statSync(join(cache, kept()[0] as string)).mode & 0o777).toBe(0o600);
  expect(run()).toEqual({ taken: [false], dir: directory });
});

test('other commands keep nothing of it, and take what is there', () => {
  const { run, kept } = createPlace();
  expect(run('node').taken).toEqual([null]);
  expect(kept()).toEqual([]);
  run();
  expect(run('node').taken).toEqual([false]);
});

test('what was kept of another text, or is no compiled code, is not used', () => {
  const { directory, file, cache, run, kept } = createPlace();
  run();
  expect(run('pai sidecar', 'another digest').taken).toEqual([null]);
  const [first] = kept().map((name) => join(cache, name)) as [string];
  for (const bytes of [Buffer.alloc(0), Buffer.from('nothing'), readFileSync(first).subarray(0, 200)]) {
    for (const name of kept()) writeFileSync(join(cache, name), bytes);
    expect(run()).toEqual({ taken: [true], dir: directory });
    expect(run()).toEqual({ taken: [false], dir: directory });
  }
  writeFileSync(file, `${readFileSync(file, 'utf8')} `);
  expect(run()).toEqual({ taken: [true], dir: directory });
});

test('what lies beside the script comes before what is kept', () => {
  const { file, cache, run, kept } = createPlace();
  run();
  writeFileSync(`${file}.cache`, readFileSync(join(cache, kept()[0] as string)));
  rmSync(cache, { recursive: true });
  expect(run('node').taken).toEqual([false]);
  expect(run().taken).toEqual([false]);
  expect(kept()).toEqual([]);
});

test('only what is an import becomes the module’s', () => {
  const code =
    'const text = "import(1)"; /import(2)/; const all = () => [import("a"), import(import("b"))]; x.import(3);';
  expect(scriptOf({ code })).toContain(
    code.replace('import("a")', '__import("a")').replace('import(import("b"))', '__import(__import("b"))'),
  );
});

test('a module that imports and exports by name becomes a script', () => {
  const module = `import { a, b as c } from "outside";
const made = [a, c, import.meta.dirname];
const text = () => import("./lazy.js");
export { made, text as t };
`;
  const { code, names } = commonJsOf(module);
  expect(names).toEqual(['made', 't']);
  const run = runInThisContext(scriptOf({ code }));
  const exported: Record<string, unknown> = {};
  const require = (name: string) => ({ a: 1, b: name });
  run(exported, require, (name: string) => `lazy ${name}`, '/home/made.js', '/home');
  expect(exported['made']).toEqual([1, 'outside', '/home']);
  expect((exported['t'] as () => unknown)()).toBe('lazy ./lazy.js');
});

test.each([
  'import whole from "outside";',
  'import * as whole from "outside";',
  'export const made = 1;',
  'export default 1;',
  'export * from "outside";',
])('%s has no script', (text) => {
  expect(() => commonJsOf(text)).toThrow();
});
