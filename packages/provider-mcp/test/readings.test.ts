import { expect, test } from 'vitest';
import { sampleFrameTexts } from './frame-texts.ts';
import { judged, parsers, readAs } from './readings.ts';

const texts = [7, 1_026, 20_261].flatMap((seed) => sampleFrameTexts(seed, 3_000));
const accepted = texts.flatMap((text) => {
  const asked = judged(text);
  return asked === undefined ? [] : [{ text, asked }];
});

test('texts of every kind are accepted, and refused', () => {
  expect(accepted.length).toBeGreaterThan(texts.length / 10);
  expect(accepted.length).toBeLessThan(texts.length * 0.9);
  const isCall = ({ asked }: { asked: readonly object[] }) => asked.some((one) => 'tool' in one);
  expect(accepted.filter(isCall).length).toBeGreaterThan(500);
});

test.each(Object.entries(parsers))('a server that %s does what was judged (C3)', (_title, parser) => {
  for (const { text, asked } of accepted) expect(readAs(text, parser), text).toEqual(asked);
});

test.each([
  ['takes the first of the same name', '"name":"a","name":"b"'],
  ['takes names in any case, the last', '"name":"a","Name":"b"'],
  ['takes names up to a NUL', '"name":"a","name\\u0000":"b"'],
  ['takes names without their dashes', '"name":"a","na-me":"b"'],
])('would show a difference: a server that %s', (title, members) => {
  const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${members}}}`;
  const [usual, other] = [parsers['takes the last of the same name'], parsers[title]];
  if (usual === undefined || other === undefined) throw new Error('there is no such parser');
  const readings = [readAs(text, usual), readAs(text, other)].map((one) => JSON.stringify(one));
  expect(new Set(readings).size).toBe(2);
  expect(judged(text)).toBeUndefined();
});
