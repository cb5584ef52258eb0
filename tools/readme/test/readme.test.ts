import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { makePages } from '../src/pages.ts';
import { specTable } from '../src/spec-table.ts';

const root = join(import.meta.dirname, '../../..');

test('the tables of every README are those of its schema and its catalogue', {
  timeout: 60_000,
}, async () => {
  const pages = await makePages(root);
  expect(pages.length).toBeGreaterThan(11);
  const stale = pages.filter(({ path, text }) => readFileSync(join(root, path), 'utf8') !== text);
  expect(stale.map(({ path }) => `${path}: run pnpm readme`)).toEqual([]);
});

test('a table of a spec has every field, and says which kind has it', () => {
  const kind = (type: string, more: object) =>
    Type.Object({ type: Type.Literal(type), key: Type.String({ description: 'A key.' }), ...more });
  const spec = Type.Object({
    auth: Type.Union(
      [kind('one', {}), kind('two', { id: Type.Optional(Type.Integer({ description: 'An id | number.' })) })],
      {
        description: 'The credential.',
      },
    ),
    rules: Type.Optional(
      Type.Array(Type.Object({ effect: Type.Enum(['allow', 'deny']) }), { description: 'Rules.' }),
    ),
  });
  expect(specTable(spec).split('\n').slice(2)).toEqual([
    '| `auth` | yes | map | The credential. |',
    '| `auth.type` | yes | `one` |  |',
    '| `auth.key` | yes | string | A key. |',
    '| `auth.type` | yes | `two` |  |',
    '| `auth.id` |  | integer | An id \\| number. (`two`) |',
    '| `rules` |  | list | Rules. |',
    '| `rules[].effect` | yes | `allow` or `deny` |  |',
  ]);
});
