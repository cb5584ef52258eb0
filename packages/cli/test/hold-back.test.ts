import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const module = new URL('../src/hold-back.ts', import.meta.url).href;

/** Whether V8 has optimised a function after 1,000 calls while it is held back, and another one after that. */
function optimized(home: string): boolean[] {
  const source = `
    import { setTimeout as delay } from 'node:timers/promises';
    import { setFlagsFromString } from 'node:v8';
    import { holdBackOptimizing } from ${JSON.stringify(module)};
    setFlagsFromString('--allow-natives-syntax');
    const status = new Function('f', 'return %GetOptimizationStatus(f)');
    // Bits 4 to 6: optimised, by Maglev, by TurboFan (OptimizationStatus in V8's runtime.h).
    const isOptimized = (f) => (status(f) & 0b1110000) !== 0;
    const run = async (work) => {
      for (let i = 0; i < 1_000; i += 1) work(i);
      await delay(300);
      work(1);
      return isOptimized(work);
    };
    const end = holdBackOptimizing(${JSON.stringify(home)});
    const held = await run(new Function('n', 'return n * 2 + 1'));
    end();
    console.log(JSON.stringify([held, await run(new Function('n', 'return n * 3 + 1'))]));`;
  const args = ['--no-use-osr', '--input-type=module', '-e', source];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

async function homeWith(providers: number): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'pai-hold-back-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const directory = join(home, 'providers/default');
  await mkdir(directory, { recursive: true });
  for (let i = 0; i < providers; i += 1) await writeFile(join(directory, `${i}.yaml`), '');
  return home;
}

test('V8 optimises later while many Providers are loaded, and as always after that', async () => {
  expect(optimized(await homeWith(200))).toEqual([false, true]);
}, 30_000);

test('it optimises as always while few are loaded, or none', async () => {
  expect(optimized(await homeWith(3))).toEqual([true, true]);
  expect(optimized(join(tmpdir(), 'pai-no-such-home'))).toEqual([true, true]);
}, 30_000);

test('what V8 is set to after that is what it does by itself', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  const set = /--[\w-]+=(?=\$\{(\w+)\})/g;
  const source = readFileSync(new URL(module), 'utf8');
  const flags = [...source.matchAll(set)].map(([flag, name]) => {
    const value = new RegExp(`usual = \\{.*\\b${name}: ([\\d_]+)`).exec(source)?.[1];
    return `default: ${flag}${value?.replace('_', '')}\n`;
  });
  expect(flags).toHaveLength(2);
  for (const flag of flags) expect(options).toContain(flag);
});
