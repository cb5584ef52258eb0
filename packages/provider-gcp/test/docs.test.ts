import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { start } from './provider.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/gcp.md'), 'utf8');
const rows = examplesOf(page, 'names');

test.each(rows)('docs/gcp.md says rightly that %s is %s on %s', async (request, name, resource) => {
  const [method = '', address = ''] = request?.split(' ') ?? [];
  const resolution = await start().resolve({ method, url: `https://${address}` });
  expect(resolution).toMatchObject({ actions: [{ name, resource }] });
});

test('docs/gcp.md shows the sentence of a denial as it is', async () => {
  const outcome = await start({
    config: { services: ['storage'] },
    policy: { allow: ['storage.objects.get', 'storage.objects.list'] },
    scope: { resources: ['projects/_/buckets/my-bucket/*'] },
  }).judge({ method: 'DELETE', url: 'https://storage.googleapis.com/storage/v1/b/my-bucket/o/a' });
  const shown = page.split('```text\n')[1]?.split('\n')[0] ?? '';
  expect(outcome.event.reason).toBe(shown.replace('gcs-reader:', 'gcp-prod:'));
});
