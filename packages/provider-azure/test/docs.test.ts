import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { start } from './azure.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/azure.md'), 'utf8');
const rows = examplesOf(page, 'names');

test.each(rows)('docs/azure.md says rightly that %s is %s on %s', async (request, name, resource) => {
  const [method = '', address = ''] = request?.split(' ') ?? [];
  const resolution = await start().resolve({ method, url: `https://${address}` });
  expect(resolution).toMatchObject({ actions: [{ name, resource }] });
});

test('docs/azure.md shows the sentence of a denial as it is', async () => {
  const { event } = await start({
    policy: {
      allow: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*'],
      deny: ['*/delete'],
    },
    scope: { resources: ['acct.blob.core.windows.net/incoming/*'] },
  }).judge({ method: 'DELETE', url: 'https://acct.blob.core.windows.net/incoming/a' });
  const shown = page.split('```text\n')[1]?.split('\n')[0] ?? '';
  expect(event.reason?.replace('azure-prod: ', 'azure-data: ')).toBe(shown);
});
