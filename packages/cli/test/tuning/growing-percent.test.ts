import { expect, test } from 'vitest';
import { growingPercent } from '../../src/tuning/growing-percent.ts';

const mebi = 2 ** 20;

test.each([
  [0, 300],
  [1, 300],
  [8, 300],
  [12, 200],
  [13, 175],
  [24, 100],
  [48, 50],
  [63, 50],
  [64, 0],
  [Number.POSITIVE_INFINITY, 0],
])('where %d MiB survive, the heap may grow by %d percent', (survivors, percent) => {
  expect(growingPercent(survivors * mebi, 24 * mebi)).toBe(percent);
});
