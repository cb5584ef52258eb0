import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
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
  [
    'disks by other spellings of their names',
    {
      name: 'i',
      disks: [
        { source: '/projects/q/zones/z/disks/a' },
        { source: 'compute/v1/projects/q/zones/z/disks/b' },
        { source: 'https://compute.googleapis.com/compute/v1/projects/q/zones/z/disks/c?alt=json' },
        { source: '/zones/z/disks/d' },
      ],
    },
    ['q/zones/z/disks/a', 'q/zones/z/disks/b', 'q/zones/z/disks/c', 'p/zones/z/disks/d'].map(
      (name) => `${other}/projects/${name}`,
    ),
  ],
  [
    'service accounts',
    {
      name: 'i',
      serviceAccounts: [{ email: 'robot@other-project.iam.gserviceaccount.com' }],
      x: 'serviceAccount:robot@other-project.iam.gserviceaccount.com',
    },
    [
      'compute.instances.create //iam.googleapis.com/projects/other-project/serviceAccounts/robot@other-project.iam.gserviceaccount.com',
    ],
  ],
  ['its own project', { name: 'i', x: { projectId: 'p' } }, []],
  ['another project', { name: 'i', x: { projectId: 'q' } }, [`${other}/projects/q`]],
  ['another project in snake case', { name: 'i', x: { project_id: 'q' } }, [`${other}/projects/q`]],
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
  expect(found).toEqual(
    [
      '//pubsub.googleapis.com/projects/p/subscriptions/s',
      '//pubsub.googleapis.com/projects/p/topics/t',
      '//storage.googleapis.com/projects/_/buckets/other-bucket',
    ].flatMap((resource) =>
      ['subscriptions.create', 'topics.attachSubscription'].map((name) => `pubsub.${name} ${resource}`),
    ),
  );
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

test('a resource in the query is one of the request', async () => {
  const found = await meaningOf(`${vm}?sourceInstanceTemplate=projects/q/global/instanceTemplates/t`, {
    method: 'POST',
    body: { name: 'i' },
  });
  expect(found).toEqual([own, `${other}/projects/q/global/instanceTemplates/t`]);
});

test.each(['q.d.t', 'q:d.t', 'example.com:q.d.t'])(
  '%s is a table that a subscription fills',
  async (table) => {
    const found = await meaningOf('https://pubsub.googleapis.com/v1/projects/p/subscriptions/s', {
      method: 'PUT',
      body: { bigqueryConfig: { table } },
    });
    const project = table.includes('example.com') ? 'example.com:q' : 'q';
    expect(found).toContain(
      `pubsub.subscriptions.create //bigquery.googleapis.com/projects/${project}/datasets/d/tables/t`,
    );
  },
);

test.each(['projectIds', 'project_ids'])('logs of the projects in %s are read', async (member) => {
  const found = await meaningOf('https://logging.googleapis.com/v2/entries:list', {
    method: 'POST',
    body: { resourceNames: ['projects/p'], [member]: ['q'] },
  });
  expect(found).toContain('logging.logEntries.list //logging.googleapis.com/projects/q');
});

test('content that is hard to search is searched in no time', async () => {
  const long = { name: 'i', ['_'.repeat(300_000)]: Array(20_000).fill('aaa') };
  const urls = { name: 'i', x: Array(500).fill(`http://a/${'projects/x/'.repeat(178)} `) };
  const search = async () => {
    for (const body of [long, urls]) expect(await meaningOf(vm, { method: 'POST', body })).toEqual([own]);
  };
  expect(await cpuSeconds(search)).toBeLessThan(3);
});

const root = 'projects/p/databases/(default)/documents';
const decoy = { referenceValue: `${root}/c/allowed` };
const whole = ['create', 'update', 'delete'].map(
  (verb) => `datastore.entities.${verb} //firestore.googleapis.com/projects/p/databases/(default)`,
);

test.each<[what: string, writes: unknown, means: readonly string[]]>([
  ['is set', [{ update: { name: `${root}/c/d` } }], ['create c/d', 'update c/d']],
  [
    'has spaces',
    [{ update: { name: `${root}/c/a b`, fields: { decoy } } }],
    ['create c/a b', 'update c/a b'],
  ],
  ['has a long name', [{ delete: `${root}/c/${'d'.repeat(3_000)}` }], [`delete c/${'d'.repeat(3_000)}`]],
  ['must be there', [{ update: { name: `${root}/c/d` }, currentDocument: { exists: true } }], ['update c/d']],
  ['must be of a time', [{ delete: `${root}/c/d`, currentDocument: { updateTime: 'x' } }], ['delete c/d']],
  [
    'must not be there',
    [{ update: { name: `${root}/c/d` }, current_document: { exists: false } }],
    ['create c/d'],
  ],
  ['is transformed', [{ transform: { document: `${root}/c/d` } }], ['create c/d', 'update c/d']],
])('a document that %s is named by the content of a commit', async (_, writes, means) => {
  const found = await meaningOf(`https://firestore.googleapis.com/v1/${root}:commit`, {
    method: 'POST',
    body: { writes },
  });
  const names = means.map((text) =>
    text.replace(/^(\w+) /, `datastore.entities.$1 //firestore.googleapis.com/${root}/`),
  );
  expect(found).toEqual(names);
});

test.each<[what: string, body: object]>([
  ['no writes', { decoy }],
  ['a write of nothing', { writes: [{ decoy }] }],
  ['a write of two kinds', { writes: [{ delete: `${root}/c/d`, update: { name: `${root}/c/d` } }] }],
  ['a write of a kind that is not known', { writes: [{ delete: `${root}/c/d`, verify: `${root}/c/e` }] }],
  [
    'a document of another database',
    { writes: [{ delete: 'projects/p/databases/x/documents/c/d' }, { decoy }] },
  ],
  ['a document that nobody could name', { writes: [{ delete: `${root}${'/c'.repeat(200_000)}` }] }],
  ['a collection', { writes: [{ delete: `${root}/c` }] }],
  ['a document with dots', { writes: [{ delete: `${root}/c/../e` }] }],
  ['two preconditions', { writes: [{ delete: `${root}/c/d`, currentDocument: {}, current_document: {} }] }],
])('a commit with %s is on the database', async (_, body) => {
  const sent = { method: 'POST', body };
  const found = await meaningOf(`https://firestore.googleapis.com/v1/${root}:commit`, sent);
  expect(found.slice(0, 3)).toEqual(whole);
});

test('what is read at once is named by the content', async () => {
  const sent = { method: 'POST', body: { documents: [`${root}/c/d`, `${root}/c/e f`] } };
  expect(await meaningOf(`https://firestore.googleapis.com/v1/${root}:batchGet`, sent)).toEqual([
    `datastore.entities.get //firestore.googleapis.com/${root}/c/d`,
    `datastore.entities.get //firestore.googleapis.com/${root}/c/e f`,
  ]);
});

test('a commit to Datastore is on its project, whatever its content mentions', async () => {
  const sent = { method: 'POST', body: { mutations: [{ upsert: { properties: { decoy } } }] } };
  expect(await meaningOf('https://datastore.googleapis.com/v1/projects/p:commit', sent)).toContain(
    'datastore.entities.update //datastore.googleapis.com/projects/p',
  );
});

test.each([
  ['of its own', { databaseId: 'other' }, ['projects/p/databases/other']],
  ['in snake case', { database_id: 'other' }, ['projects/p/databases/other']],
  ['in a key only', {}, ['projects/p', 'projects/p/databases/other']],
  ['in two spellings', { databaseId: 'a', database_id: 'b' }, ['projects/p', 'projects/p/databases/a']],
])('a lookup in Datastore is on the database %s', async (_, named, resources) => {
  const keys = [{ partitionId: { databaseId: 'other' }, path: [{ kind: 'k', name: 'n' }] }];
  const sent = { method: 'POST', body: { ...named, keys } };
  const found = await meaningOf('https://datastore.googleapis.com/v1/projects/p:lookup', sent);
  expect(found).toEqual(
    expect.arrayContaining(
      resources.map((name) => `datastore.entities.get //datastore.googleapis.com/${name}`),
    ),
  );
  if (resources.length === 1) expect(found).toHaveLength(1);
});

const session = 'projects/p/instances/i/databases/d/sessions/s';

test.each<[verb: string, body: object, permissions: readonly string[]]>([
  ['executeSql', { sql: ' SELECT 1' }, ['select']],
  ['executeSql', { sql: 'DELETE FROM t WHERE true' }, ['select', 'write']],
  ['executeStreamingSql', { sql: '/* SELECT */ INSERT INTO t (a) VALUES (1)' }, ['select', 'write']],
  [
    'executeSql',
    { sql: 'select 1', transaction: { id: 'x' }, dataBoostEnabled: true },
    ['select', 'useDataBoost'],
  ],
  [
    'executeSql',
    { sql: 'select 1', transaction: { begin: { readWrite: {} } } },
    ['select', 'beginOrRollbackReadWriteTransaction'],
  ],
  ['executeSql', { sql: 'select 1', transaction: { id: 'x', begin: {} } }, ['select', 'write']],
  ['executeSql', {}, ['select', 'write']],
  ['executeBatchDml', { statements: [{ sql: 'select 1' }] }, ['select', 'write']],
  ['beginTransaction', { options: { readOnly: {} } }, ['beginReadOnlyTransaction']],
  ['beginTransaction', { options: { read_write: {} } }, ['beginOrRollbackReadWriteTransaction']],
  [
    'beginTransaction',
    { options: { readOnly: {}, readWrite: {} } },
    ['beginOrRollbackReadWriteTransaction', 'beginPartitionedDmlTransaction', 'beginReadOnlyTransaction'],
  ],
  ['read', { table: 't' }, ['read']],
])('Spanner’s %s of %j is what it does over gRPC', async (verb, body, permissions) => {
  for (const isScoped of [true, false]) {
    const one = createResolver({
      readEndpoint,
      isScoped,
      resolveStorage: () => ({ unresolved: 'storage' }),
      resolveGrpc: () => ({ unresolved: 'gRPC' }),
    });
    const url = `https://spanner.googleapis.com/v1/${session}:${verb}`;
    expect(shown(await one(requestTo(url, { method: 'POST', body })))).toEqual(
      permissions.map((name) => `spanner.databases.${name} //spanner.googleapis.com/${session}`),
    );
  }
});

test.each<[method: string, path: string, permissions: readonly string[]]>([
  ['PUT', 'subscriptions/s', ['subscriptions.create', 'topics.attachSubscription']],
  ['POST', 'subscriptions/s:detach', ['topics.detachSubscription']],
  ['PUT', 'snapshots/s', ['snapshots.create', 'subscriptions.consume']],
])('Pub/Sub’s %s of %s needs what it does over gRPC', async (method, path, permissions) => {
  expect(
    await meaningOf(`https://pubsub.googleapis.com/v1/projects/p/${path}`, { method, body: {} }),
  ).toEqual(
    permissions.map((name) => `pubsub.${name} //pubsub.googleapis.com/projects/p/${path.replace(/:.*/, '')}`),
  );
});

test.each<[content: object, resource: string]>([
  [{ datasetReference: { datasetId: 'd' } }, '/datasets/d'],
  [{ dataset_reference: { dataset_id: 'd' } }, '/datasets/d'],
  [{ datasetReference: { datasetId: 'd' }, dataset_reference: { datasetId: 'e' } }, ''],
  [{ datasetReference: 'd' }, ''],
])('a dataset in %j is made below the project', async (body, resource) => {
  const sent = { method: 'POST', body };
  expect(await meaningOf('https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets', sent)).toEqual([
    `bigquery.datasets.create //bigquery.googleapis.com/projects/p${resource}`,
  ]);
});
