import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../src/canonical-json.ts';
import { formatJson, readJson } from '../src/json-text.ts';

const digest = (text: string) => digestOf(readJson(text));

test.each([
  ['members in another order', '{"b":{"d":1,"c":2},"a":[]}', '{ "a": [], "b": { "c": 2, "d": 1 } }'],
  ['escapes', '{"\\u0061":"\\u00e9\\/"}', '{"a":"é/"}'],
  ['names that are numbers', '{"10":1,"9":2,"a":3}', '{"a":3,"9":2,"10":1}'],
  ['a name that objects have', '{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}'],
])('%s make no other text', (_, one, other) => {
  expect(digest(one)).toBe(digest(other));
  expect(canonicalJson(readJson(one))).toBe(canonicalJson(readJson(other)));
});

test.each([
  ['a text', '{"a":"x"}', '{"a":"x "}'],
  ['composed and decomposed characters', '{"a":"\\u00e9"}', '{"a":"e\\u0301"}'],
  ['a character that is not seen', '{"a":"x"}', '{"a":"x\\u200b"}'],
  ['half a pair and its escape', '{"a":"\\ud800"}', '{"a":"\\\\ud800"}'],
  ['the order of a list', '{"a":[1,2]}', '{"a":[2,1]}'],
  ['null and nothing', '{"a":null}', '{}'],
  ['numbers that a double does not tell apart', '{"a":9007199254740993}', '{"a":9007199254740992}'],
  ['a number and a text', '{"a":1}', '{"a":"1"}'],
  ['a name that objects have', '{"__proto__":1}', '{}'],
])('%s make another text', (_, one, other) => {
  expect(digest(one)).not.toBe(digest(other));
});

test('the digest is that of the text (known answer)', () => {
  expect(canonicalJson(readJson('{"b":1,"a":"é"}'))).toBe('{"a":"é","b":1}');
  // printf '{"a":"é","b":1}' | sha256sum
  expect(digest('{"b":1,"a":"é"}')).toBe(
    'sha256:aa58fba8483623bed37c1b02edfccbdd9a53123837c20bfa4cb4049993a2872e',
  );
});

test('is stable, and means what the value means', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      // fast-check repeats no key.
      const value = readJson(text);
      const canonical = canonicalJson(value);
      expect(canonicalJson(readJson(canonical))).toBe(canonical);
      expect(canonicalJson(readJson(canonicalJson(value, 2)))).toBe(canonical);
      expect(JSON.parse(canonical)).toEqual(JSON.parse(formatJson(value)));
    }),
  );
});
