import type { Action } from '@pai/core';
import { expect, test } from 'vitest';
import { createGcpScope } from '../src/scope.ts';

const logs = '//storage.googleapis.com/projects/_/buckets/logs';
const topics = '//pubsub.googleapis.com/projects/p/topics';
const object = (name: string): Action => ({
  name: 'storage.objects.get',
  resource: `${logs}/objects/${name}`,
});
const list = (part: string): Action => ({ name: 'storage.objects.list', resource: logs, part });

test.each<[pattern: string, action: Action]>([
  ['projects/_/buckets/logs/objects/*', object('a/b')],
  [`${logs}/objects/*`, object('a/b')],
  ['projects/_/buckets/logs/*', object('a/b')],
  ['projects/_/buckets/l*', object('a/b')],
  ['projects/_/buckets/lo?s/objects/a/?', object('a/b')],
  ['projects/*/buckets/logs/objects/a/*', object('a/b')],
  ['projects/*', object('a/b')],
  ['projects/_/buckets/logs', { name: 'storage.buckets.update', resource: logs }],
  ['projects/_/buckets/logs/objects/*', list('')],
  ['projects/_/buckets/logs/objects/a/*', list('a/b')],
  ['projects/_/buckets/logs', list('')],
  ['projects/_/buckets/logs/objects/*', { name: 'storage.multipartUploads.list', resource: logs, part: '' }],
  ['projects/_/buckets/logs/objects/a*', { name: 'storage.objects.getIamPolicy', resource: logs, part: 'a' }],
  ['projects/_/buckets/logs/folders/*', { name: 'storage.folders.list', resource: logs, part: '' }],
  ['projects/_/buckets/logs/objects/a', { name: 'storage.buckets.get', resource: logs, hasNoPart: true }],
  [
    'projects/_/buckets/logs-*',
    { name: 'storage.buckets.list', resource: '//storage.googleapis.com/projects/p', part: 'logs-' },
  ],
  ['projects/p/topics/*', { name: 'pubsub.topics.publish', resource: `${topics}/t` }],
  ['//pubsub.googleapis.com/projects/p/topics/*', { name: 'pubsub.topics.publish', resource: `${topics}/t` }],
  [
    'projects/p/topics/*',
    { name: 'pubsub.topics.list', resource: '//pubsub.googleapis.com/projects/p', part: '' },
  ],
  [
    'projects/p/serviceAccounts/*',
    {
      name: 'iam.serviceAccountKeys.list',
      resource: '//iam.googleapis.com/projects/p/serviceAccounts/a',
      part: '',
    },
  ],
  [
    'projects/p/databases/*/documents/users/*',
    {
      name: 'datastore.entities.list',
      resource: '//firestore.googleapis.com/projects/p/databases/d/documents/users',
      part: '',
    },
  ],
])('%s holds %j', (pattern, action) => {
  expect(createGcpScope([pattern])(action)).toBeUndefined();
});

test.each<[pattern: string, action: Action]>([
  ['projects/_/buckets/logs/objects/a/*', object('b')],
  ['projects/_/buckets/logs/objects/A/*', object('a/b')],
  ['projects/_/buckets/logs', object('b')],
  ['projects/_/buckets/log', object('b')],
  ['//pubsub.googleapis.com/projects/*', object('b')],
  ['projects/_/buckets/*-public/*', object('x-public/b')],
  ['projects/_/buckets/*/objects/public/*', object('x/objects/public/y')],
  ['projects/_/buckets/l*x', object('x')],
  ['projects/_/buckets/logs/objects/*', { name: 'storage.buckets.update', resource: logs }],
  ['projects/_/buckets/logs/*', { name: 'storage.buckets.delete', resource: logs }],
  ['projects/_/buckets/logs/objects/*', { name: 'storage.buckets.get', resource: logs }],
  ['projects/_/buckets/logs/objects/a/*', list('')],
  ['projects/_/buckets/logs/objects/a/*', list('a')],
  ['projects/_/buckets/logs/objects/*.txt', list('')],
  ['projects/_/buckets/logs/objects/a', list('a')],
  ['projects/_/buckets/logs/folders/*', list('')],
  ['projects/_/buckets/logs/objects/*', { ...list(''), name: 'storage.buckets.update' }],
  ['projects/_/buckets/logs/objects/*', { name: 'storage.objects.create', resource: logs, reach: 'any' }],
  [
    'projects/_/buckets/logs-*',
    { name: 'storage.buckets.list', resource: '//storage.googleapis.com/projects/p', part: '' },
  ],
  ['projects/p/topics/*', { name: 'pubsub.topics.list', resource: '//pubsub.googleapis.com/projects/p' }],
  [
    'projects/p/topics/*',
    { name: 'pubsub.subscriptions.list', resource: '//pubsub.googleapis.com/projects/p', part: '' },
  ],
  [
    'projects/p/topics/*',
    { name: 'pubsub.topics.create', resource: '//pubsub.googleapis.com/projects/p', part: '' },
  ],
  [
    'projects/*/topics/t',
    {
      name: 'datastore.entities.get',
      resource: '//firestore.googleapis.com/projects/p/databases/d/documents/topics/u',
    },
  ],
])('%s does not hold %j', (pattern, action) => {
  expect(createGcpScope([pattern])(action)).toMatchObject({ rule: 'scope.resources' });
});

test('holds everything without a list and by a lone star, and nothing by an empty list', () => {
  expect(createGcpScope(undefined)(object('a'))).toBeUndefined();
  expect(createGcpScope(['*'])({ name: 'x', reach: 'any' })).toBeUndefined();
  expect(createGcpScope([])(object('a'))).toMatchObject({ rule: 'scope.resources' });
});

test('says which prefix a listing may ask for', () => {
  const outside = createGcpScope(['projects/_/buckets/logs/objects/a/*'])(list('b'));
  expect(outside?.reason).toContain(
    'with the prefix "b", and no pattern of scope.resources holds all of that',
  );
});

test.each([
  ['projects/_/buckets/logs/objects/a b', 'write ? where a name has one'],
  ['gs://logs/a', 'is a URL'],
  ['https://storage.googleapis.com/logs', 'is a URL'],
  ['/projects/p', 'does not begin with a plain word'],
  ['//storage/projects/p', 'has no service'],
  ['//*.googleapis.com/projects/p', 'has no service'],
  ['v1/projects/p', 'begins with the version'],
  ['buckets/logs', 'has no project'],
  ['*/buckets/logs', 'does not begin with a plain word'],
  ['projects/p/', 'has an empty part'],
  ['', 'does not begin with a plain word'],
])('refuses the pattern %j, since it %s', (pattern, why) => {
  expect(() => createGcpScope([pattern])).toThrow(why);
});
