import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canBegin, compileResourcePattern } from '../src/index.ts';

const letters = ['a', 'b', '/'];

/** Every text of up to four letters. */
const texts = [0, 1, 2, 3].reduce<readonly string[]>(
  (all) => [...new Set([...all, ...all.flatMap((text) => letters.map((letter) => text + letter))])],
  [''],
);

test('says that a text can begin what fits wherever one of its continuations does', () => {
  const pattern = fc.stringMatching(/^[ab/*?]{1,5}$/);
  const start = fc.stringMatching(/^[ab/]{0,3}$/);
  fc.assert(
    fc.property(pattern, start, (its, beginning) => {
      const matches = compileResourcePattern(its);
      const isBegun = texts.some((rest) => matches(beginning + rest));
      if (isBegun) expect(canBegin(its, beginning)).toBe(true);
      // what has no run in it, and is no longer than what was tried, is begun by nothing else
      if (!isBegun && !its.includes('*') && its.length <= 3) expect(canBegin(its, beginning)).toBe(false);
    }),
  );
});
