import { expect, test } from 'vitest';
import { readEndpoint } from '../src/hosts.ts';
import { createResolver } from '../src/resolve.ts';
import { meaningOf, requestTo, shown } from './gcp.ts';

const vm = 'https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances';
const own = 'compute.instances.create //compute.googleapis.com/projects/p/zones/z/instances/i';
const other = 'compute.instances.create //compute.googleapis.com';

test.each<[what: string, body: object, mentioned: readonly string[]]>([
  ['nothing', { name: 'i' }, []],
  [
    'a disk of its zone',
    { name: 'i', disks: [{ source: 'zones/z/disks/d' }] },
    [`${other}/projects/p/zones/z/disks/d`],
  ],
  [
    'a disk of another project',
    { name: 'i', disks: [{ source: 'projects/q/zones/z/disks/d' }] },
    [`${other}/projects/q/zones/z/disks/d`],
  ],
  [
    'a snapshot by its URL',
    { name: 'i', x: 'https://www.googleapis.com/compute/v1/projects/q/global/snapshots/s' },
    [`${other}/projects/q/global/snapshots/s`],
  ],
  ['a machine type', { name: 'i', machineType: 'zones/z/machineTypes/n1' }, []],
  ['an image of Google’s', { name: 'i', x: 'projects/debian-cloud/global/images/family/debian-12' }, []],
  [
    'an image of somebody’s cloud',
    { name: 'i', x: 'projects/evil-cloud/global/images/x' },
    [`${other}/projects/evil-cloud/global/images/x`],
  ],
  ['a script', { name: 'i', metadata: { items: [{ key: 's', value: 'ls projects/q/x' }] } }, []],
])('content that mentions %s', async (_, body, mentioned) => {
  expect(await meaningOf(vm, { method: 'POST', body })).toEqual([own, ...mentioned]);
});

test.each([
  ['gs://b/o/k', '//storage.googleapis.com/projects/_/buckets/b/objects/o/k'],
  ['gs://b', '//storage.googleapis.com/projects/_/buckets/b'],
  ['//bigquery.googleapis.com/projects/q/datasets/d', '//bigquery.googleapis.com/projects/q/datasets/d'],
  ['bigquery.googleapis.com/projects/q/datasets/d', '//bigquery.googleapis.com/projects/q/datasets/d'],
])('%s in content is a resource of the request', async (text, resource) => {
  const found = await meaningOf('https://pubsub.googleapis.com/v1/projects/p/topics/t', {
    method: 'PUT',
    body: { deep: [{ er: text }] },
  });
  expect(found).toContain(`pubsub.topics.create ${resource}`);
});

test('a bucket by its bare name is a resource of the request', async () => {
  const found = await meaningOf('https://pubsub.googleapis.com/v1/projects/p/subscriptions/s', {
    method: 'PUT',
    body: { topic: 'projects/p/topics/t', cloudStorageConfig: { bucket: 'other-bucket' } },
  });
  expect(found).toEqual([
    'pubsub.subscriptions.create //pubsub.googleapis.com/projects/p/subscriptions/s',
    'pubsub.subscriptions.create //pubsub.googleapis.com/projects/p/topics/t',
    'pubsub.subscriptions.create //storage.googleapis.com/projects/_/buckets/other-bucket',
  ]);
});

test.each([
  ['of another type', { headers: ['content-type', 'application/x-protobuf'], body: '\x01' }],
  ['that is too long', { headers: ['content-type', 'application/json'], body: `"${'x'.repeat(1_100_000)}"` }],
])('content %s can name anything', async (_, sent) => {
  const found = await meaningOf('https://pubsub.googleapis.com/v1/projects/p/topics/t', {
    method: 'PUT',
    ...sent,
  });
  expect(found).toEqual(['pubsub.topics.create //pubsub.googleapis.com/projects/p/topics/t any']);
});

test.each([
  ['a repeated key', '{"topic":"projects/p/topics/a","topic":"projects/q/topics/b"}'],
  ['no JSON', '{'],
])('content with %s is refused', async (_, body) => {
  const sent = { method: 'PUT', headers: ['content-type', 'application/json'], body };
  await expect(
    meaningOf('https://pubsub.googleapis.com/v1/projects/p/subscriptions/s', sent),
  ).rejects.toThrow();
});

test('content is not read where no resource matters', async () => {
  const resolve = createResolver({
    readEndpoint,
    isScoped: false,
    resolveStorage: () => ({ unresolved: 'storage' }),
    resolveGrpc: () => ({ unresolved: 'gRPC' }),
  });
  const request = requestTo(vm, { method: 'POST', headers: ['content-type', 'text/plain'], body: '{' });
  expect(shown(await resolve(request))).toEqual([
    'compute.instances.create //compute.googleapis.com/projects/p/zones/z',
  ]);
});

test('documents are named by the content of a commit', async () => {
  const root = 'projects/p/databases/(default)/documents';
  const found = await meaningOf(`https://firestore.googleapis.com/v1/${root}:commit`, {
    method: 'POST',
    body: { writes: [{ update: { name: `${root}/c/d` } }] },
  });
  expect(found).toEqual(
    ['create', 'update', 'delete'].map(
      (verb) => `datastore.entities.${verb} //firestore.googleapis.com/${root}/c/d`,
    ),
  );
});
