import { expect, test } from 'vitest';
import { createRecentLeast } from '../../src/tuning/recent-least.ts';

test('gives the least of the last values, and forgets it after as many again', () => {
  const least = createRecentLeast(3);
  expect([5, 2, 7, 8, 9, 8, 7, 6, 9, 9].map(least)).toEqual([0, 0, 0, 2, 2, 2, 7, 6, 6, 6]);
});
