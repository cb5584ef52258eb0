import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { start } from './aws.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/aws.md'), 'utf8');
const rows = examplesOf(page, 'names');

test.each(rows)('docs/aws.md says rightly that %s is %s on %s', async (request, name, resource) => {
  const [method = '', address = ''] = request?.split(' ') ?? [];
  const resolution = await start().resolve({ method, url: `https://${address}` });
  const expected = resource === 'any' ? { name, reach: 'any' } : { name, resource };
  expect(resolution).toMatchObject({ actions: [expected] });
});

test('docs/aws.md shows the sentence of a denial as it is', async () => {
  const outcome = await start({
    config: { region: 'us-east-1', services: ['s3'] },
    policy: { allow: ['s3:GetObject', 's3:ListBucket'], deny: ['s3:DeleteObject', 's3:PutObject'] },
    scope: { resources: ['arn:aws:s3:::my-bucket/*'] },
  }).judge({ method: 'PUT', url: 'https://my-bucket.s3.us-east-1.amazonaws.com/a' });
  if (outcome.kind !== 'respond') throw new Error('it was forwarded');
  const [, message = ''] = /<Message>(.*)<\/Message>/.exec(String(outcome.response.body)) ?? [];
  const shown = page.split('```text\n')[1]?.split('\n')[0] ?? '';
  expect(message.replaceAll('&quot;', '"')).toBe(
    shown.replace('User: s3-reader', 'User: aws-prod').replace('. s3-reader:', '. aws-prod:'),
  );
});
