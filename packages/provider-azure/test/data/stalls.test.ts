import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../../test/cpu-time.ts';
import { reasonOf, resolve } from './reading.ts';

/** Seconds of the processor that any of these may take: far more than it does, and far less than it did. */
const longest = 2;

const mebibyte = 1024 * 1024;
const query = (text: string) => ({
  method: 'POST',
  url: 'https://api.loganalytics.io/v1/workspaces/one/query',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: text }),
});

test.each([
  ['a comment of slashes', `workspace${'/'.repeat(mebibyte / 2)}`],
  ['a name before every comment', 'workspace//'.repeat(80_000)],
  ['a name on every line', 'workspace //\n'.repeat(80_000)],
  ['a name and spaces', `workspace${' '.repeat(mebibyte / 2)}x`],
  ['opened brackets', '[ "'.repeat(300_000)],
])('a query with %s is judged in a moment', async (_what, text) => {
  expect(await cpuSeconds(() => resolve(query(text)))).toBeLessThan(longest);
});

const many = (text: string) => `a${text.repeat(60_000)}b`;

test.each([
  ['a name with dots in it', `acct.blob.core.windows.net/box/${many('.')}`],
  ['a name with slashes in it', `acct.blob.core.windows.net/box/${many('/')}`],
  ['a name with escapes in it', `acct.blob.core.windows.net/box/${'%252e'.repeat(12_000)}`],
  [
    'a prefix with dots in it',
    `acct.blob.core.windows.net/box?restype=container&comp=list&prefix=${many('.')}`,
  ],
  [
    'a prefix with slashes in it',
    `acct.blob.core.windows.net/box?restype=container&comp=list&prefix=${many('/')}`,
  ],
  [
    'a directory with slashes in it',
    `acct.dfs.core.windows.net/box?resource=filesystem&directory=${many('/')}`,
  ],
  ['a key with quotes in it', `acct.table.core.windows.net/people(PartitionKey='${many("''")}`],
  ['a filter with commas in it', `store.azconfig.io/kv?key=${many(',')}`],
  ['a topic with colons in it', `t.westus-1.eventgrid.azure.net/topics/${many(':')}`],
  ['a key of an index', `find.search.windows.net/indexes('${many("')(")}`],
])('%s is judged in a moment', async (_what, url) => {
  expect(await cpuSeconds(() => resolve({ url: `https://${url}` }))).toBeLessThan(longest);
});

const batch = (service: string, path: string, part: string) => ({
  method: 'POST',
  url: `https://acct.${service}.core.windows.net${path}`,
  headers: { 'content-type': 'multipart/mixed; boundary=b' },
  body: `--b\r\nContent-Type: application/http\r\n\r\n${part}\r\n--b--\r\n`,
});

test('a batch with a field of spaces is judged in a moment', async () => {
  const part = `DELETE /box/a HTTP/1.1\r\na:${' '.repeat(mebibyte)}\x7f\r\n`;
  expect(await cpuSeconds(() => reasonOf(batch('blob', '/?comp=batch', part)))).toBeLessThan(longest);
});
