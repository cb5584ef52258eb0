import { afterAll, expect, test } from 'vitest';
import { check } from './check.ts';
import { corpus } from './corpus.ts';
import { createLlhttpReader } from './read-llhttp.ts';
import { createUndiciReader } from './read-undici.ts';

const readers = [createLlhttpReader(), createUndiciReader()];
afterAll(() => {
  for (const reader of readers) reader.close();
});

test.each(corpus)('reads $name in one way, or not at all', async ({ method, text, expected }) => {
  const kind = method === undefined ? 'request' : 'response';
  const everyByte = Array.from({ length: text.length - 1 }, (_, i) => i + 1);
  const input = { kind, method: method ?? '', text, cuts: everyByte, isForwarded: true } as const;

  const [finding] = await check([input], readers);

  const { messages = [], ending } = finding?.ours ?? {};
  const read = messages.map(({ start, body, isWhole }) => `${start} ${body}${isWhole ? '' : '…'}`);
  expect([...read, ending]).toEqual(expected);
  expect(finding?.problems).toEqual([]);
});
