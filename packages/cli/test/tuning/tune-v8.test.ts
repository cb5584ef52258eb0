import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

const tuning = new URL('../../src/tuning/tune-v8.ts', import.meta.url).href;

/** What a script prints, in a process of its own, with the heap kept small or left to V8. Tuning begins before the script. */
function told(script: string, limits?: string): number[] {
  const keep = limits === undefined ? '' : `tuneV8(${limits});`;
  const source = `
    import v8 from 'node:v8';
    import { setTimeout as delay } from 'node:timers/promises';
    import { tuneV8 } from ${JSON.stringify(tuning)};
    const space = (name) => v8.getHeapSpaceStatistics().reduce((sum, s) => sum + ((name ?? s.space_name) === s.space_name ? s.space_size : 0), 0) / 2 ** 20;
    ${keep}
    await delay(700);
    ${script}`;
  const args = ['--input-type=module', '-e', source];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

describe('short-lived objects that make V8 double the young generation again and again', () => {
  const work = `
    const held = [];
    const work = async (inFlight = 4_000) => {
      for (let batch = 0; batch < 2_000; batch += 1) {
        for (let i = 0; i < 20_000; i += 1) held[i % inFlight] = { i, text: String(i) };
        await delay(0);
      }
      return space('new_space');
    };`;
  const burst = `${work}
    const young = await work();
    const worked = space();
    for (let i = 0; i < 40 && space() > worked / 2; i += 1) await delay(100);
    console.log(JSON.stringify([young, space()]));`;
  const bursts = `${work}
    const first = await work();
    for (let i = 0; i < 100 && space('new_space') > first / 2; i += 1) await delay(100);
    const rested = space('new_space');
    console.log(JSON.stringify([first, rested, await work()]));`;
  const crowd = `${work}
    console.log(JSON.stringify([await work(50_000)]));`;

  test('stop at the limit, and leave nothing behind at rest', () => {
    const [young = 0, rested = 0] = told(
      burst,
      '{ youngGeneration: 2 ** 24, growth: 2 ** 20, patience: 1_000 }',
    );
    const [youngAlone = 0, restedAlone = 0] = told(burst);
    expect(young).toBeLessThanOrEqual(17);
    expect(youngAlone).toBeGreaterThan(young * 1.5);
    expect(rested).toBeLessThan(restedAlone / 1.5);
  }, 60_000);

  test('get twice the room where much of them is in flight', () => {
    const [young = 0] = told(crowd, '{ youngGeneration: 2 ** 24 }');
    expect(young).toBeGreaterThan(17);
    expect(young).toBeLessThanOrEqual(33);
  }, 60_000);

  test('get their room again after a rest', () => {
    const [first = 0, rested = 0, second = 0] = told(bursts, '{ growth: 2 ** 20, patience: 1_000 }');
    expect(rested).toBeLessThan(first / 2);
    expect(second).toBeGreaterThan(first / 2);
  }, 60_000);
});

describe('buffers of a stream, dead as soon as they are written', () => {
  const stream = `
    const sizes = [];
    for (let write = 0; write < 1_500; write += 1) {
      for (let i = 0; i < 16; i += 1) Buffer.alloc(2 ** 16);
      sizes.push(v8.getHeapStatistics().external_memory / 2 ** 20);
      await delay(1);
      // Work enough not to be taken for rest, on a busy machine too.
      for (const begun = performance.now(); performance.now() - begun < 1; );
    }
    sizes.sort((a, b) => a - b);
    console.log(JSON.stringify([sizes[Math.floor(sizes.length / 2)]]));`;

  test('are collected while they are few', () => {
    const [kept = 0] = told(stream, '{ buffers: 2 ** 22 }');
    const [alone = 0] = told(stream);
    expect(kept).toBeLessThan(alone * 0.75);
  }, 60_000);
});
