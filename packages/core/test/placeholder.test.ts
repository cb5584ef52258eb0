import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findPlaceholder, placeholderFor } from '../src/placeholder.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const placeholder = placeholderFor('github-writer');

test.each([
  ['alone', placeholder],
  ['as a bearer token', `Bearer ${placeholder}`],
  ['in another case', placeholder.toUpperCase()],
  ['in a query', `/x?token=${placeholder}&y=1`],
  ['in a path', `/bot${placeholder}/sendMessage`],
  ['as a password', `Basic ${base64(`x-access-token:${placeholder}`)}`],
  ['as a user', `Basic ${base64(`${placeholder}:`)}`],
  ['as a user with a password', `Basic ${base64(`${placeholder}:x-oauth-basic`)}`],
])('a placeholder is found %s', (_, text) => {
  expect(findPlaceholder(text)).toBe(placeholder);
});

test('a password after one character, two and three is found', () => {
  for (const user of ['a', 'ab', 'abc', 'abcd']) {
    expect(findPlaceholder(`Basic ${base64(`${user}:${placeholder}`)}`)).toBe(placeholder);
  }
});

test.each([
  '',
  'Bearer ghp_0123456789',
  'pai-placeholder',
  'pai placeholder-',
  '/repos/o/r',
  `Basic ${base64('a:b')}`,
])('there is none in %j', (text) => {
  expect(findPlaceholder(text)).toBeUndefined();
});

test('base64 whose start is lost still gives it away', () => {
  const text = `xx${base64(`ab:${placeholder}`)}`;
  expect(findPlaceholder(text)).toMatch(/^pai-placeholder-/);
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const plain = fc.stringMatching(/^[A-Za-z0-9:;,=_ .@-]{0,30}$/);

test('every placeholder is found inside base64, whatever is around it', () => {
  fc.assert(
    fc.property(label, plain, fc.constantFrom('', ':', ' ', '\n', '.'), (name, before, after) => {
      const carried = base64(`${before}${placeholderFor(name)}${after}`);
      expect(findPlaceholder(`Basic ${carried}`)).toBe(placeholderFor(name));
      const url = carried.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      expect(findPlaceholder(url)).toBe(placeholderFor(name));
    }),
  );
});

test('text without the prefix, plain or encoded, has none', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      fc.pre(!text.toLowerCase().includes('pai-placeholder-'));
      expect(findPlaceholder(text)).toBeUndefined();
      expect(findPlaceholder(base64(text))).toBeUndefined();
    }),
  );
});
