import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPathIndex } from '../src/path-index.ts';

const segments = fc.array(fc.constantFrom('a', 'b', 'ab', ''), { maxLength: 4 });
const beginning = fc.oneof(
  fc.constant(''),
  segments.map((parts) => `/${parts.join('/')}`),
);

test('of all beginnings of a text the first is found, and none that is not one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(beginning, { minLength: 1, maxLength: 2 }), { maxLength: 6 }),
      segments,
      fc.nat(7),
      (lists, parts, limit) => {
        const text = `/${parts.join('/')}`;
        const items = lists.map((beginnings, index) => ({ index, beginnings }));
        const fits = ({ beginnings }: (typeof items)[number]) =>
          beginnings.some((one) => text.startsWith(one));
        const expected = items.find((item) => item.index < limit && fits(item))?.index ?? limit;
        expect(createPathIndex(items)(text, fits, limit)).toBe(expected);
      },
    ),
  );
});

test('rules that share no segment with a text are not asked', () => {
  const items = Array.from({ length: 50 }, (_, index) => ({ index, beginnings: [`/v1/things-${index}/`] }));
  const asked: number[] = [];
  const fits = ({ index }: { index: number }) => asked.push(index) > 0;
  expect(createPathIndex(items)('/v1/things-7/x', fits, Number.POSITIVE_INFINITY)).toBe(7);
  expect(asked).toEqual([7]);
});
