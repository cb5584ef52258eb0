import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** What a process says of its young generation and its whole heap, in MiB: after a burst of work, and after a rest. */
interface Heap {
  readonly young: number;
  readonly worked: number;
  readonly rested: number;
}

/** Bursts of short-lived objects that live long enough for V8 to double the young generation again and again. */
const burst = `
  import v8 from 'node:v8';
  import { setTimeout as delay } from 'node:timers/promises';
  const space = (name) => v8.getHeapSpaceStatistics().reduce((sum, s) => sum + (name === undefined || s.space_name === name ? s.space_size : 0), 0) / 2 ** 20;
  const begun = performance.now();
  while (performance.now() - begun < 1_500) {
    for (let held = [], i = 0; i < 20_000; i += 1) held[i % 4_000] = { i, text: String(i) };
    await delay(0);
  }
  const young = space('new_space');
  const worked = space();
  for (let i = 0; i < 60 && space() > worked / 2; i += 1) await delay(100);
  console.log(JSON.stringify({ young, worked, rested: space() }));
`;

function heapOf(start: string): Heap {
  const source = new URL('../src/heap.ts', import.meta.url);
  const script = `import { keepHeapSmall } from ${JSON.stringify(source.href)};\n${start}\n${burst}`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  );
}

test('the young generation stops at its limit, and a heap at rest gives back what it took', () => {
  const kept = heapOf('keepHeapSmall({ youngGeneration: 2 ** 22, growth: 2 ** 20, interval: 50 });');
  const left = heapOf('');
  expect(kept.young).toBeLessThanOrEqual(9);
  expect(left.young).toBeGreaterThan(kept.young * 1.5);
  expect(kept.rested).toBeLessThan(left.rested / 1.5);
}, 30_000);
