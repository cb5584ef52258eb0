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

const asShown = {
  policy: {
    allow: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*'],
    deny: ['*/delete*', '*/permanentDelete/*'],
  },
  scope: { resources: ['acct.blob.core.windows.net/incoming/*'] },
};

test('docs/azure.md shows the sentence of a denial as it is', async () => {
  const { event } = await start(asShown).judge({
    method: 'DELETE',
    url: 'https://acct.blob.core.windows.net/incoming/a',
  });
  const shown = page.split('```text\n')[1]?.split('\n')[0] ?? '';
  expect(event.reason?.replace('azure-prod: ', 'azure-data: ')).toBe(shown);
});

test.each([
  'versionid=2026-01-01T00:00:00.0000000Z',
  'snapshot=2026-01-01T00:00:00.0000000Z&deletetype=permanent',
])("docs/azure.md's deny holds for a deletion with %s too, which has a name of its own", async (query) => {
  expect(page).toContain(`deny: ["*/delete*", "*/permanentDelete/*"]`);
  const { event } = await start(asShown).judge({
    method: 'DELETE',
    url: `https://acct.blob.core.windows.net/incoming/a?${query}`,
  });
  expect(event).toMatchObject({ decision: 'deny', rule: expect.stringContaining('policy.deny') });
});
