import { afterAll, expect, test } from 'vitest';
import { check, type Finding } from './check.ts';
import { type Generated, generate } from './generate.ts';
import { createLlhttpReader } from './read-llhttp.ts';
import { createUndiciReader } from './read-undici.ts';
import { escapeBytes } from './reading.ts';

const readers = [createLlhttpReader(), createUndiciReader()];
afterAll(() => {
  for (const reader of readers) reader.close();
});

const seed = 20_261_122;
const inputs = 4_000;
const batch = 500;

/** `pnpm fuzz --seed 20261122 --from N --inputs 1` makes input N again, and its bytes few. */
const describeProblems = ({ problems }: Finding, { text }: Generated, index: number) =>
  problems.map(({ by, sentence }) => `input ${index}, ${by}: ${sentence}: ${escapeBytes(text)}`);

test('what Pai reads, and what it sends on, llhttp and undici read as the same messages', async () => {
  const said: string[] = [];
  const seen = { taken: 0, forwarded: 0 };
  for (let start = 0; start < inputs; start += batch) {
    const generated = Array.from({ length: batch }, (_, i) => ({
      ...generate(seed, start + i),
      isForwarded: i % 8 === 0,
    }));
    for (const [i, finding] of (await check(generated, readers)).entries()) {
      said.push(...describeProblems(finding, generated[i] as Generated, start + i));
      if (finding.ours.ending === 'complete' || finding.ours.ending === 'closed') seen.taken += 1;
      seen.forwarded += finding.forwarded;
    }
  }
  expect(said).toEqual([]);
  expect(seen.taken).toBeGreaterThan(inputs * 0.3);
  expect(seen.taken).toBeLessThan(inputs * 0.7);
  expect(seen.forwarded).toBeGreaterThan(inputs / 16);
});

test('the same seed and number make the same input, and others another', () => {
  expect(generate(1, 7)).toEqual(generate(1, 7));
  const texts = Array.from({ length: 500 }, (_, i) => generate(1 + (i % 2), i).text);
  expect(new Set(texts).size).toBeGreaterThan(490);
});
