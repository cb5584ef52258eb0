import { expect, test } from 'vitest';
import { meaningOf } from './gcp.ts';

const url = 'https://pubsub.googleapis.com/v1/projects/p/topics/t';
const on = ' //pubsub.googleapis.com/projects/p/topics/t';

test.each([
  ['X-HTTP-Method-Override', 'DELETE', ['pubsub.topics.delete']],
  ['x-http-method-override', 'GET', ['pubsub.topics.get']],
  ['X-Http-Method-Override', 'PUT', ['pubsub.topics.create']],
])('K1: %s: %s on a POST is applied', async (name, value, names) => {
  const found = await meaningOf(url, { method: 'POST', headers: [name, value] });
  expect(found).toEqual(names.map((one) => `${one}${on}`));
});

test('K1: where the POST means something too, both have to be allowed', async () => {
  const list = 'https://secretmanager.googleapis.com/v1/projects/p/secrets';
  expect(await meaningOf(list, { method: 'POST', headers: ['X-HTTP-Method-Override', 'GET'] })).toEqual([
    'secretmanager.secrets.create //secretmanager.googleapis.com/projects/p',
    'secretmanager.secrets.list //secretmanager.googleapis.com/projects/p part=',
  ]);
});

test.each([
  ['on a GET', 'GET', ['X-HTTP-Method-Override', 'DELETE']],
  ['twice', 'POST', ['X-HTTP-Method-Override', 'GET', 'X-HTTP-Method-Override', 'DELETE']],
  ['in two headers', 'POST', ['X-HTTP-Method-Override', 'GET', 'X-HTTP-Method', 'DELETE']],
  ['in another header', 'POST', ['X-HTTP-Method', 'DELETE']],
  ['in a third header', 'POST', ['X-Method-Override', 'DELETE']],
  ['in lower case', 'POST', ['X-HTTP-Method-Override', 'delete']],
  ['in a list', 'POST', ['X-HTTP-Method-Override', 'GET, DELETE']],
])('K1: an override %s is refused', async (_, method, headers) => {
  await expect(meaningOf(url, { method, headers })).rejects.toThrow(/another method/);
});

test('K1: an override in the query is refused', async () => {
  await expect(meaningOf(`${url}?_method=DELETE`, { method: 'POST' })).rejects.toThrow(/another method/);
});
