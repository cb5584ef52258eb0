import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { start } from './slack.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/slack.md'), 'utf8');
const rows = examplesOf(page, 'names');

test.each(rows)('docs/slack.md says rightly that %s is %s on %s', async (request, name, resource) => {
  const [method = '', address = ''] = request?.split(' ') ?? [];
  const named = { any: { name, reach: 'any' }, none: { name } }[resource ?? ''];
  const resolution = await start().resolve({ method, url: `https://${address}` });
  expect(resolution).toEqual({ actions: [named ?? { name, resource }] });
});
