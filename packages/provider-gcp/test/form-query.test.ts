import { expect, test } from 'vitest';
import { requestTo, shown } from './gcp.ts';
import { start } from './provider.ts';

const form = ['content-type', 'application/x-www-form-urlencoded'];
const asGet = [...form, 'x-http-method-override', 'GET'];
const object = 'https://storage.googleapis.com/storage/v1/b/my-bucket/o/k';
const publish = 'https://pubsub.googleapis.com/v1/projects/p/topics/t:publish';

const read = async (url: string, headers: readonly string[], body: string) =>
  shown(await start().provider.resolve(requestTo(url, { method: 'POST', headers, body })));

test('the parameters of a form count as those of a query', async () => {
  const on = '//storage.googleapis.com/projects/_/buckets/my-bucket/objects/k';
  expect(await read(object, asGet, 'projection=full&userProject=payer')).toEqual([
    `storage.objects.get ${on}`,
    `storage.objects.getIamPolicy ${on}`,
    'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/payer',
  ]);
  expect(await read(publish, form, 'userProject=payer')).toContain(
    'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/payer',
  );
});

test.each([
  ['a parameter that can change the request', publish, form, '%24httpMethod=DELETE'],
  ['a key', publish, form, 'KEY=AIza'],
  ['a token', object, asGet, 'access_token=ya29'],
  ['a parameter that stands in the query too', `${object}?projection=noAcl`, asGet, 'projection=full'],
])('a form with %s is refused', async (_, url, headers, body) => {
  await expect(read(url, headers, body)).rejects.toMatchObject({ code: 'malformed_request' });
});

test('the content of an upload is no form', async () => {
  const url = 'https://storage.googleapis.com/upload/storage/v1/b/my-bucket/o?uploadType=media&name=k';
  expect(await read(url, form, 'access_token=not%20one')).toEqual([
    'storage.objects.create //storage.googleapis.com/projects/_/buckets/my-bucket/objects/k',
  ]);
});
