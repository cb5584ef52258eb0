import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPaiError } from '../src/errors.ts';
import { printable } from '../src/host.ts';
import { escapeUnits, rawJSON, readJson } from '../src/json-text.ts';

/** The plain reading: every token of a valid text, and the keys of every object that is open. */
function faultOf(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\]]/g)) {
    if (token === '}' || token === ']') open.pop();
    else if (token === '{' || token === '[') {
      if (open.push(new Set()) > 100) return 'over 100 levels';
    } else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (open.at(-1)?.has(key) === true) return `repeats the key ${printable(key)}`;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || source === String(value)) return value;
  return /^-?[1-9]\d*$/.test(source) ? BigInt(source) : rawJSON(source);
}

function refusalOf(text: string): string | undefined {
  try {
    readJson(text);
    return undefined;
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'malformed_request') return thrown.message;
    throw thrown;
  }
}

/** A key or text in one of the spellings that JSON has for it. */
const spelled = fc
  .tuple(
    fc.constantFrom('a', 'b', '', '"', '\\', ':', '{', '\\"', '__proto__', '1', 'ü', 'a":{'),
    fc.boolean(),
  )
  .map(([text, isEscaped]) =>
    isEscaped
      ? `"${Array.from(text, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(text),
  );
const space = fc.constantFrom('', ' ', '\n\t', '\r ');
const { value: texts } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    spelled,
    fc.constantFrom(
      '1',
      '-0',
      '1e3',
      '0.50',
      '-1E1',
      '123456789012345',
      '1234567890123456',
      'true',
      'null',
      '12345678901234567890',
    ),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(spelled, space, space, tie('value')), { maxLength: 4 })
      .map(
        (all) =>
          `{${all.map(([key, before, after, value]) => `${key}${before}:${after}${value}`).join(',')}}`,
      ),
  ),
}));

test('refuses what the plain reading refuses, in the same words, and nothing else', () => {
  let refused = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const fault = faultOf(text);
      const refusal = refusalOf(text);
      if (fault === undefined) {
        expect(refusal).toBeUndefined();
        expect(readJson(text)).toEqual(JSON.parse(text, exact));
      } else expect(refusal).toContain(fault);
      refused += Number(fault !== undefined);
    }),
    { numRuns: 2_000 },
  );
  expect(refused).toBeGreaterThan(20);
});

describe('a repeated key is refused', () => {
  test.each([
    ['{"a":1,"a":1}', '"a"'],
    ['{"a":1,"\\u0061":1}', '"a"'],
    ['[{"b":{"a":1,"c":[{"a":1}],"a":2}}]', '"a"'],
    ['{"a":{"x":1,"y":2},"a":{"x":1,"y":2}}', '"a"'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__"'],
    ['{"1":1,"1":1}', '"1"'],
    ['{"\\"":1 ,"\\"" :1}', '"\\""'],
    ['{"\\\\":":","\\\\":1}', '"\\\\"'],
  ])('in %s', (text, key) => expect(refusalOf(text)).toContain(`repeats the key ${key}`));
});

test.each([
  ['a colon in a string', '{"a":"b:c","d:":":"}'],
  ['quotes and backslashes in strings', '{"a":"\\":\\\\","b":"\\\\\\":","c":"\\\\"}'],
  ['one key in two objects', '[{"a":1},{"a":{"a":[{"a":1}]}}]'],
  ['two keys that differ in case', '{"a":1,"A":1}'],
  ['a hundred levels', `${'['.repeat(100)}${']'.repeat(100)}`],
])('%s is read', (_what, text) => expect(readJson(text)).toEqual(JSON.parse(text)));

test.each([
  ['arrays', `${'['.repeat(101)}${']'.repeat(101)}`],
  ['objects', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
  ['more than a stack holds', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
])('over a hundred levels of %s are refused', (_what, text) => {
  expect(refusalOf(text)).toContain('over 100 levels');
});

test('numbers keep their spelling where it says more than a double', () => {
  expect(readJson('[1,1.0,-0,12345678901234567890,1e3,0.5]')).toEqual([
    1,
    rawJSON('1.0'),
    rawJSON('-0'),
    12345678901234567890n,
    rawJSON('1e3'),
    0.5,
  ]);
});

test.each(['', '{', '{"a"}', '\ufeff{}', "{'a':1}", '{"a":1,}', 'NaN'])('%j is not JSON', (text) => {
  expect(refusalOf(text)).toContain('not JSON');
});

test('numbers are doubles for who decides by none, and keys are not taken twice', () => {
  expect(readJson('{"a":[1.0,12345678901234567890]}', { isExact: false })).toEqual({
    a: [1, 12345678901234567000],
  });
  expect(() => readJson('{"a":1,"a":1}', { isExact: false })).toThrow(/repeats the key/);
});

test('an escaped text is the same text to a parser, whatever is in it', () => {
  const text = 'aé\u2028\n"😀';
  expect(escapeUnits(text)).toMatch(/^(?:\\u[0-9a-f]{4}){7}$/);
  expect(JSON.parse(`"${escapeUnits(text)}"`)).toBe(text);
});
