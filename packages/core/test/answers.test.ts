import { expect, test } from 'vitest';
import { createAnswers } from '../src/index.ts';

function createDesk(options: { pause?: number; most?: number } = {}) {
  let clock = 0;
  let asked = 0;
  const answers = createAnswers<number>({ life: 100, now: () => clock, ...options });
  return {
    ask: (key = 'a', fails = false) =>
      answers(key, async () => {
        asked += 1;
        if (fails) throw new Error(`no ${asked}`);
        return asked;
      }),
    wait: (milliseconds: number) => {
      clock += milliseconds;
    },
  };
}

test('one question is asked for all who ask at the same time, and its answer holds for its life', async () => {
  const { ask, wait } = createDesk();
  expect(await Promise.all([ask(), ask(), ask('b')])).toEqual([1, 1, 2]);
  wait(99);
  expect(await ask()).toBe(1);
  wait(1);
  expect(await ask()).toBe(3);
});

test('nothing is believed that was asked at a later time than now', async () => {
  const { ask, wait } = createDesk();
  wait(50);
  await ask();
  wait(-1);
  expect(await ask()).toBe(2);
});

test('a failure is told to who waits for it, and to nobody after that', async () => {
  const { ask } = createDesk();
  const both = await Promise.allSettled([ask('a', true), ask('a', true)]);
  expect(both.map((one) => (one as PromiseRejectedResult).reason.message)).toEqual(['no 1', 'no 1']);
  expect(await ask()).toBe(2);
});

test('a failure is told to everyone for its pause', async () => {
  const { ask, wait } = createDesk({ pause: 10 });
  await expect(ask('a', true)).rejects.toThrow('no 1');
  wait(9);
  await expect(ask()).rejects.toThrow('no 1');
  wait(1);
  expect(await ask()).toBe(2);
});

test('the least recently used answer goes first', async () => {
  const { ask } = createDesk({ most: 2 });
  await ask('a');
  await ask('b');
  await ask('a');
  await ask('c');
  expect([await ask('a'), await ask('c'), await ask('b')]).toEqual([1, 3, 4]);
});
