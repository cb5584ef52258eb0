import { readForm } from '@pai/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ListStyle, readFields } from '../src/protocol/fields.ts';

const read = (form: string, style: ListStyle = 'member') =>
  JSON.parse(JSON.stringify(readFields(readForm(form), style)));

test.each<[form: string, style: ListStyle, value: unknown]>([
  ['A=x&B=y', 'member', { A: 'x', B: 'y' }],
  ['A.B.C=x&A.D=y', 'member', { A: { B: { C: 'x' }, D: 'y' } }],
  ['A.member.1=x&A.member.2=y', 'member', { A: ['x', 'y'] }],
  ['A.member.10=x&A.member.9=y', 'member', { A: ['y', 'x'] }],
  ['A.member.1.B.member.1=x', 'member', { A: [{ B: ['x'] }] }],
  [
    'F.Filter.1.Name=n&F.Filter.1.Values.Value.1=v',
    'member',
    { F: { Filter: [{ Name: 'n', Values: { Value: ['v'] } }] } },
  ],
  ['M.entry.1.key=k&M.entry.1.value=v', 'member', { M: { entry: [{ key: 'k', value: 'v' }] } }],
  ['I.1=x&I.2=y', 'flat', { I: ['x', 'y'] }],
  ['F.1.Name=n&F.1.Value.1=v&F.1.Value.2=w', 'flat', { F: [{ Name: 'n', Value: ['v', 'w'] }] }],
  ['A=', 'member', { A: '' }],
  ['__proto__=x&constructor.member.1=y', 'member', JSON.parse('{"__proto__":"x","constructor":["y"]}')],
])('reads %s in the style %s', (form, style, value) => {
  expect(read(form, style)).toEqual(value);
});

test.each<[what: string, form: string, style: ListStyle, why: RegExp]>([
  ['a name twice', 'A=x&A=x', 'member', /stands there twice/],
  ['a value that has members', 'A=x&A.B=y', 'member', /member of what has a value/],
  ['members that have a value', 'A.B=y&A=x', 'member', /stands there twice/],
  ['numbers beside names', 'A.member.1=x&A.member.B=y', 'member', /with and without a number/],
  ['a leading zero', 'A.member.1=x&A.member.01=y', 'member', /none of 1, 2, 3/],
  ['number zero', 'A.member.0=x', 'member', /none of 1, 2, 3/],
  ['a flat list where lists are not', 'A.1=x', 'member', /takes .member.1/],
  ['a flat list in a list', 'A.member.1.B.1=x', 'member', /takes .member.1/],
  ['a list that is both', 'A.member.1=x&A.1=y', 'member', /with and without a number/],
  ['a list with another word beside member', 'A.member.1=x&A.B=y', 'member', /is no list/],
  ['member where lists are flat', 'A.member.1=x', 'flat', /takes .1/],
  ['an empty part', 'A..B=x', 'member', /empty part/],
  ['a dot at the end', 'A.=x', 'member', /empty part/],
  ['no name', '=x', 'member', /empty part/],
  ['many levels', `${'A.'.repeat(30)}B=x`, 'member', /over 20 levels/],
])('refuses %s', (_what, form, style, why) => {
  expect(() => read(form, style)).toThrow(why);
});

test('reads back whatever the query protocols write', () => {
  const name = fc.stringMatching(/^[A-Z][a-zA-Z]{0,5}$/);
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.string(),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
      fc.dictionary(name, tie('node'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    ),
  })).node;
  const input = fc.dictionary(name, tree, { maxKeys: 4, noNullPrototype: true });
  fc.assert(
    fc.property(input, (value) => {
      // A flat list of lists and `A.B.1` of the style `member` have no spelling of their own.
      fc.pre(!/\[\[/.test(JSON.stringify(value)));
      const form = new URLSearchParams(write(value, '')).toString();
      expect(read(form)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 300 },
  );
});

function write(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, i) => write(item, `${path}.member.${i + 1}`));
  return Object.entries(value as object).flatMap(([key, item]) =>
    write(item, path === '' ? key : `${path}.${key}`),
  );
}
