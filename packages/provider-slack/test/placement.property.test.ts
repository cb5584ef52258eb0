import fc from 'fast-check';
import { expect, test } from 'vitest';
import { start } from './slack.ts';

interface Written {
  readonly name: string;
  readonly value: string;
}

const name = fc.constantFrom('channel', 'channel', 'channel_id', 'channels', 'Channel', 'channel[]', 'text');
const value = fc.constantFrom(
  'C1',
  'C2',
  'C9',
  '#general',
  'random',
  '#other',
  'C1,C2',
  'C1,C9',
  '',
  'a b',
  'U1',
);
const written = fc.array(fc.record({ name, value }), { maxLength: 3 });
const kind = fc.constantFrom('form' as const, 'json' as const, 'multipart' as const);

const part = ({ name, value }: Written) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const encode = (items: readonly Written[]) =>
  items.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');

const writers = {
  form: (items: readonly Written[]) => ['application/x-www-form-urlencoded', encode(items)],
  json: (items: readonly Written[]) => [
    'application/json',
    `{${items.map(({ name, value }) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`,
  ],
  multipart: (items: readonly Written[]) => [
    'multipart/form-data; boundary=b',
    `${items.map(part).join('')}--b--`,
  ],
} as const;

/** Slow and obvious. In scope are C1, which is general, and #random, which is C2. */
function mayPass(query: readonly Written[], body: readonly Written[], type: keyof typeof writers): boolean {
  if (type === 'json' && new Set(body.map(({ name }) => name)).size < body.length) return false;
  const all = [...query, ...body];
  const isNamed = (list: readonly Written[], argument: string) => list.some(({ name }) => name === argument);
  const isDoubtful = ['channel', 'channel_id', 'channels'].some(
    (argument) => isNamed(query, argument) && !isNamed(body, argument),
  );
  if (type === 'json' && isDoubtful) return false;
  if (all.some(({ name }) => name === 'Channel' || name === 'channel[]')) return false;
  const inside = ['C1', 'C2', '#general', 'random'];
  let count = 0;
  for (const argument of ['channel', 'channel_id', 'channels']) {
    const values = all.filter(({ name }) => name === argument).map(({ value }) => value);
    if (new Set(values).size > 1) return false;
    const [only] = values;
    if (only === undefined) continue;
    const items = argument === 'channels' ? only.split(',') : [only];
    if (!items.every((item) => inside.includes(item))) return false;
    count += 1;
  }
  return count > 0;
}

test('however the channel is written, the decision is that of a slow reader (S1)', async () => {
  const { judge } = start({ scope: { channels: ['C1', '#random'] } });
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(written, written, kind, async (query, items, type) => {
      const [contentType = '', body = ''] = writers[type](items);
      const search = encode(query);
      const { event } = await judge({
        method: 'POST',
        url: `https://slack.com/api/chat.postMessage${search === '' ? '' : `?${search}`}`,
        headers: { 'content-type': contentType },
        body,
      });
      const isAllowed = event.decision === 'allow';
      passed += isAllowed ? 1 : 0;
      expect(isAllowed).toBe(mayPass(query, items, type));
    }),
    { numRuns: 2_000 },
  );
  expect(passed).toBeGreaterThan(50);
});
