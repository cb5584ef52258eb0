import { describe, expect, test } from 'vitest';
import { actionsOf, encode, type Fields, frame, resolveBytes, spell } from './call.ts';

const doc = 'projects/p/databases/(default)/documents/users/ann';
const database = 'projects/p/databases/(default)';
const session = 'projects/p/instances/i/databases/d/sessions/s';
const bucket = 'projects/_/buckets/b';

/** `api method fields: actions`, with resources without the host. */
type Row = readonly [api: string, method: string, fields: Fields, actions: readonly string[]];

describe('a call is on what its message says (K8)', () => {
  test.each<Row>([
    [
      'pubsub',
      'google.pubsub.v1.Publisher/Publish',
      { 1: 'projects/p/topics/t', 2: [{ 1: 'hello' }] },
      ['pubsub.topics.publish projects/p/topics/t'],
    ],
    [
      'pubsub',
      'google.pubsub.v1.Publisher/ListTopics',
      { 1: 'projects/p' },
      ['pubsub.topics.list projects/p []'],
    ],
    [
      'pubsub',
      'google.pubsub.v1.Publisher/UpdateTopic',
      { 1: { 1: 'projects/p/topics/t' } },
      ['pubsub.topics.update projects/p/topics/t'],
    ],
    [
      'pubsub',
      'google.pubsub.v1.Subscriber/Pull',
      { 1: 'projects/p/subscriptions/s' },
      ['pubsub.subscriptions.consume projects/p/subscriptions/s'],
    ],
    [
      'pubsub',
      'google.pubsub.v1.Subscriber/StreamingPull',
      { 1: 'projects/p/subscriptions/s', 5: new Uint8Array(4) },
      ['pubsub.subscriptions.consume projects/p/subscriptions/s'],
    ],
    [
      'pubsub',
      'google.pubsub.v1.Subscriber/CreateSubscription',
      { 1: 'projects/p/subscriptions/s', 2: 'projects/q/topics/t' },
      [
        'pubsub.subscriptions.create projects/p/subscriptions/s',
        'pubsub.topics.attachSubscription projects/q/topics/t',
      ],
    ],
    [
      'pubsub',
      'google.pubsub.v1.Subscriber/Seek',
      { 1: 'projects/p/subscriptions/s', 3: 'projects/p/snapshots/x' },
      [
        'pubsub.subscriptions.consume projects/p/subscriptions/s',
        'pubsub.snapshots.seek projects/p/snapshots/x',
      ],
    ],
    [
      'secretmanager',
      'google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion',
      { 1: 'projects/p/secrets/s/versions/latest' },
      ['secretmanager.versions.access projects/p/secrets/s/versions/latest'],
    ],
    [
      'secretmanager',
      'google.cloud.secretmanager.v1.SecretManagerService/CreateSecret',
      { 1: 'projects/p', 2: 's', 3: {} },
      ['secretmanager.secrets.create projects/p/secrets/s'],
    ],
    [
      'secretmanager',
      'google.cloud.secretmanager.v1.SecretManagerService/CreateSecret',
      { 1: 'projects/p/locations/l', 3: {} },
      ['secretmanager.secrets.create projects/p/locations/l'],
    ],
    [
      'cloudkms',
      'google.cloud.kms.v1.KeyManagementService/Encrypt',
      { 1: 'projects/p/locations/l/keyRings/r/cryptoKeys/k', 2: 'x' },
      ['cloudkms.cryptoKeyVersions.useToEncrypt projects/p/locations/l/keyRings/r/cryptoKeys/k'],
    ],
    [
      'cloudkms',
      'google.cloud.kms.v1.KeyManagementService/AsymmetricSign',
      { 1: 'projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1' },
      [
        'cloudkms.cryptoKeyVersions.useToSign projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1',
      ],
    ],
    [
      'logging',
      'google.logging.v2.LoggingServiceV2/WriteLogEntries',
      { 1: 'projects/p/logs/a', 4: [{ 12: 'projects/q/logs/b' }, {}] },
      ['logging.logEntries.create projects/p/logs/a', 'logging.logEntries.create projects/q/logs/b'],
    ],
    [
      'logging',
      'google.logging.v2.LoggingServiceV2/ListLogEntries',
      { 8: ['projects/p', 'folders/1'] },
      ['logging.logEntries.list projects/p', 'logging.logEntries.list folders/1'],
    ],
    [
      'bigtable',
      'google.bigtable.v2.Bigtable/ReadRows',
      { 1: 'projects/p/instances/i/tables/t' },
      ['bigtable.tables.readRows projects/p/instances/i/tables/t'],
    ],
    [
      'bigtable',
      'google.bigtable.v2.Bigtable/ReadRows',
      { 9: 'projects/p/instances/i/tables/t/authorizedViews/v' },
      ['bigtable.authorizedViews.readRows projects/p/instances/i/tables/t/authorizedViews/v'],
    ],
    [
      'bigtable',
      'google.bigtable.v2.Bigtable/MutateRows',
      { 1: 'projects/p/instances/i/tables/t' },
      ['bigtable.tables.mutateRows projects/p/instances/i/tables/t'],
    ],
    [
      'bigtable',
      'google.bigtable.v2.Bigtable/ExecuteQuery',
      { 1: 'projects/p/instances/i' },
      ['bigtable.instances.executeQuery projects/p/instances/i', 'bigtable.tables.readRows *'],
    ],
    [
      'container',
      'google.container.v1.ClusterManager/GetCluster',
      { 1: 'p', 2: 'z', 3: 'c' },
      ['container.clusters.get projects/p/zones/z/clusters/c'],
    ],
    [
      'container',
      'google.container.v1.ClusterManager/GetCluster',
      { 5: 'projects/p/locations/l/clusters/c', 1: 'q', 2: 'z', 3: 'c' },
      [
        'container.clusters.get projects/q/zones/z/clusters/c',
        'container.clusters.get projects/p/locations/l/clusters/c',
      ],
    ],
    [
      'container',
      'google.container.v1.ClusterManager/GetCluster',
      { 5: 'projects/p/locations/l/clusters/c', 1: 'q' },
      ['container.clusters.get *', 'container.clusters.get projects/p/locations/l/clusters/c'],
    ],
  ])('%s %s', async (api, method, fields, actions) => {
    expect(await shortActions(api, method, fields)).toEqual(actions);
  });

  test.each<Row>([
    ['firestore', 'GetDocument', { 1: doc }, [`datastore.entities.get ${doc}`]],
    [
      'firestore',
      'UpdateDocument',
      { 1: { 1: doc } },
      [`datastore.entities.create ${doc}`, `datastore.entities.update ${doc}`],
    ],
    ['firestore', 'UpdateDocument', { 1: { 1: doc }, 4: { 1: true } }, [`datastore.entities.update ${doc}`]],
    [
      'firestore',
      'CreateDocument',
      { 1: `${database}/documents`, 2: 'users', 3: 'bob' },
      [`datastore.entities.create ${database}/documents/users/bob`],
    ],
    [
      'firestore',
      'CreateDocument',
      { 1: `${database}/documents`, 2: 'users' },
      [`datastore.entities.create ${database}/documents/users`],
    ],
    [
      'firestore',
      'BatchGetDocuments',
      { 1: database, 2: [doc, `${doc}2`] },
      [`datastore.entities.get ${doc}`, `datastore.entities.get ${doc}2`],
    ],
    [
      'firestore',
      'Commit',
      { 1: database, 2: [{ 1: { 1: doc } }] },
      [`datastore.entities.create ${doc}`, `datastore.entities.update ${doc}`],
    ],
    [
      'firestore',
      'Commit',
      { 1: database, 2: [{ 1: { 1: doc }, 4: { 1: true } }] },
      [`datastore.entities.update ${doc}`],
    ],
    [
      'firestore',
      'Commit',
      { 1: database, 2: [{ 1: { 1: doc }, 4: { 1: false } }] },
      [`datastore.entities.create ${doc}`],
    ],
    [
      'firestore',
      'Commit',
      { 1: database, 2: [{ 2: doc }, { 6: { 1: `${doc}2` }, 4: { 2: {} } }] },
      [`datastore.entities.delete ${doc}`, `datastore.entities.update ${doc}2`],
    ],
    ['firestore', 'Commit', { 1: database }, [`datastore.databases.get ${database}`]],
    [
      'firestore',
      'RunQuery',
      { 1: `${database}/documents`, 2: { 2: [{ 2: 'users' }] } },
      [
        `datastore.entities.get ${database}/documents/users`,
        `datastore.entities.list ${database}/documents/users`,
      ],
    ],
    [
      'firestore',
      'RunQuery',
      { 1: `${database}/documents`, 2: { 2: [{ 2: 'users', 3: true }] } },
      [`datastore.entities.get ${database}/documents`, `datastore.entities.list ${database}/documents`],
    ],
    [
      'firestore',
      'RunAggregationQuery',
      { 1: doc, 2: { 1: { 2: [{ 2: 'posts' }] } } },
      [`datastore.entities.get ${doc}/posts`, `datastore.entities.list ${doc}/posts`],
    ],
    [
      'firestore',
      'Listen',
      { 1: database, 2: { 2: { 1: `${database}/documents`, 2: { 2: [{ 2: 'rooms' }] } } } },
      [
        `datastore.entities.get ${database}/documents/rooms`,
        `datastore.entities.list ${database}/documents/rooms`,
      ],
    ],
    [
      'firestore',
      'Listen',
      { 1: database, 2: { 3: { 2: [doc, `${doc}/posts/q`] } } },
      [`datastore.entities.get ${doc}`, `datastore.entities.get ${doc}/posts/q`],
    ],
    [
      'firestore',
      'Listen',
      { 1: database, 2: { 13: {} } },
      ['datastore.entities.get *', 'datastore.entities.list *'],
    ],
    ['firestore', 'Listen', { 1: database }, [`datastore.databases.get ${database}`]],
    ['firestore', 'Write', { 1: database }, [`datastore.databases.get ${database}`]],
    ['firestore', 'Write', { 1: database, 2: [{ 2: doc }] }, [`datastore.entities.delete ${doc}`]],
  ])('%s %s %j', async (api, method, fields, actions) => {
    expect(await shortActions(api, `google.firestore.v1.Firestore/${method}`, fields)).toEqual(actions);
  });

  test.each<Row>([
    ['datastore', 'Lookup', { 8: 'p', 3: [{ 1: { 2: 'p' } }] }, ['datastore.entities.get projects/p']],
    [
      'datastore',
      'RunQuery',
      { 8: 'p', 9: 'db' },
      ['datastore.entities.get projects/p/databases/db', 'datastore.entities.list projects/p/databases/db'],
    ],
    [
      'datastore',
      'Commit',
      { 8: 'p', 6: [{ 4: { 1: {} } }, { 7: { 1: { 2: 'p' } } }] },
      ['datastore.entities.create projects/p', 'datastore.entities.delete projects/p'],
    ],
    [
      'datastore',
      'Commit',
      { 8: 'p', 6: [{ 6: {} }] },
      ['datastore.entities.create projects/p', 'datastore.entities.update projects/p'],
    ],
    ['datastore', 'Commit', { 8: 'p' }, ['datastore.databases.get projects/p']],
  ])('%s %s %j', async (api, method, fields, actions) => {
    expect(await shortActions(api, `google.datastore.v1.Datastore/${method}`, fields)).toEqual(actions);
  });

  const begin = 'spanner.databases.begin';
  test.each<Row>([
    [
      'spanner',
      'CreateSession',
      { 1: 'projects/p/instances/i/databases/d' },
      ['spanner.sessions.create projects/p/instances/i/databases/d'],
    ],
    [
      'spanner',
      'ExecuteStreamingSql',
      { 1: session, 3: 'WITH x AS (SELECT 1) SELECT 1' },
      [`spanner.databases.select ${session}`],
    ],
    [
      'spanner',
      'ExecuteStreamingSql',
      { 1: session, 2: { 2: 'tx' }, 3: ' select 1' },
      [`spanner.databases.select ${session}`],
    ],
    [
      'spanner',
      'ExecuteSql',
      { 1: session, 2: { 2: 'tx' }, 3: 'UPDATE t SET a = 1 WHERE true' },
      [`spanner.databases.select ${session}`, `spanner.databases.write ${session}`],
    ],
    [
      'spanner',
      'ExecuteSql',
      { 1: session, 2: { 2: 'tx' }, 3: '/* select */ DELETE FROM t' },
      [`spanner.databases.select ${session}`, `spanner.databases.write ${session}`],
    ],
    [
      'spanner',
      'ExecuteSql',
      { 1: session, 2: { 3: { 1: {} } }, 3: 'SELECT 1' },
      [`spanner.databases.select ${session}`, `${begin}OrRollbackReadWriteTransaction ${session}`],
    ],
    [
      'spanner',
      'ExecuteSql',
      { 1: session, 3: 'SELECT 1', 16: true },
      [`spanner.databases.select ${session}`, `spanner.databases.useDataBoost ${session}`],
    ],
    ['spanner', 'BeginTransaction', { 1: session, 2: { 2: {} } }, [`${begin}ReadOnlyTransaction ${session}`]],
    [
      'spanner',
      'BeginTransaction',
      { 1: session, 2: { 3: {} } },
      [`${begin}PartitionedDmlTransaction ${session}`],
    ],
    ['spanner', 'StreamingRead', { 1: session, 2: { 1: { 2: {} } } }, [`spanner.databases.read ${session}`]],
    ['spanner', 'Commit', { 1: session }, [`spanner.databases.write ${session}`]],
  ])('%s %s %j', async (api, method, fields, actions) => {
    expect(await shortActions(api, `google.spanner.v1.Spanner/${method}`, fields)).toEqual(actions);
  });

  test.each<Row>([
    [
      'storage',
      'DeleteObject',
      { 1: bucket, 2: 'a/b c.txt' },
      [`storage.objects.delete ${bucket}/objects/a/b c.txt`],
    ],
    ['storage', 'ReadObject', { 1: bucket, 2: '../x' }, [`storage.objects.get ${bucket}/objects/../x`]],
    ['storage', 'BidiReadObject', { 1: { 1: bucket, 2: 'o' } }, [`storage.objects.get ${bucket}/objects/o`]],
    [
      'storage',
      'WriteObject',
      { 2: { 1: { 1: 'o', 2: bucket } } },
      [`storage.objects.create ${bucket}/objects/o`],
    ],
    ['storage', 'WriteObject', { 1: 'upload' }, ['storage.objects.create *']],
    [
      'storage',
      'WriteObject',
      { 2: { 1: { 1: 'o', 2: bucket, 10: [{}] } } },
      [`storage.objects.create ${bucket}/objects/o`, `storage.objects.setIamPolicy ${bucket}/objects/o`],
    ],
    [
      'storage',
      'BidiWriteObject',
      { 11: { 1: bucket, 2: 'o' } },
      [`storage.objects.create ${bucket}/objects/o`],
    ],
    ['storage', 'ListObjects', { 1: bucket, 6: 'logs/' }, [`storage.objects.list ${bucket} [logs/]`]],
    ['storage', 'ListBuckets', { 1: 'projects/p' }, ['storage.buckets.list projects/p []']],
    [
      'storage',
      'CreateBucket',
      { 1: 'projects/_', 2: { 3: 'projects/p' }, 3: 'b' },
      [`storage.buckets.create ${bucket}`],
    ],
    [
      'storage',
      'UpdateBucket',
      { 1: { 1: bucket }, 6: { 1: ['labels', 'acl'] } },
      [`storage.buckets.update ${bucket}`, `storage.buckets.setIamPolicy ${bucket}`],
    ],
    [
      'storage',
      'RewriteObject',
      { 2: bucket, 3: 'from', 25: 'projects/_/buckets/c', 24: 'to' },
      [
        `storage.objects.get ${bucket}/objects/from`,
        'storage.objects.create projects/_/buckets/c/objects/to',
      ],
    ],
    [
      'storage',
      'ComposeObject',
      { 1: { 1: 'to', 2: bucket }, 2: [{ 1: 'x' }, { 1: 'y' }], 11: true },
      [
        `storage.objects.create ${bucket}/objects/to`,
        `storage.objects.get ${bucket}/objects/x`,
        `storage.objects.get ${bucket}/objects/y`,
        `storage.objects.delete ${bucket}/objects/x`,
        `storage.objects.delete ${bucket}/objects/y`,
      ],
    ],
    [
      'storage',
      'MoveObject',
      { 1: bucket, 2: 'from', 3: 'to' },
      [`storage.objects.move ${bucket}/objects/from`, `storage.objects.create ${bucket}/objects/to`],
    ],
    ['storage', 'SetIamPolicy', { 1: `${bucket}/managedFolders/a/b/` }, ['storage.resources.setIamPolicy *']],
    ['storage', 'SetIamPolicy', { 1: bucket }, [`storage.buckets.setIamPolicy ${bucket}`]],
  ])('%s %s %j', async (api, method, fields, actions) => {
    expect(await shortActions(api, `google.storage.v2.Storage/${method}`, fields)).toEqual(actions);
  });
});

describe('what a call is on cannot be told', () => {
  test.each<readonly [why: string, topic: string]>([
    ['of another kind', 'projects/p/subscriptions/s'],
    ['with a segment of dots', 'projects/../topics/t'],
    ['with an empty segment', 'projects//topics/t'],
    ['with a slash at the end', 'projects/p/topics/t/'],
    ['with a slash before it', '/projects/p/topics/t'],
    ['with more segments', 'projects/p/topics/t/x'],
    ['with a line break', 'projects/p/topics/t\n'],
    ['with its service', '//pubsub.googleapis.com/projects/p/topics/t'],
    ['that is none', ''],
  ])('from a name %s', async (_, topic) => {
    const actions = await actionsOf(
      'pubsub.googleapis.com',
      '/google.pubsub.v1.Publisher/Publish',
      encode({ 1: topic }),
    );
    expect(actions).toEqual(['pubsub.topics.publish *']);
  });

  test('where the method is not known, which is named as the wire does', async () => {
    expect(
      await actionsOf('pubsub.googleapis.com', '/google.pubsub.v1.Publisher/Explode', Buffer.alloc(0)),
    ).toEqual(['pubsub.Publisher.Explode *']);
  });

  test('where one of several names is none', async () => {
    const message = encode({ 8: ['projects/p', 'elsewhere'] });
    expect(
      await actionsOf(
        'logging.googleapis.com',
        '/google.logging.v2.LoggingServiceV2/ListLogEntries',
        message,
      ),
    ).toEqual(['logging.logEntries.list *', 'logging.logEntries.list //logging.googleapis.com/projects/p']);
  });

  test('from the routing header, which is the agent’s', async () => {
    const headers = { 'x-goog-request-params': 'topic=projects%2Fmine%2Ftopics%2Ft' };
    const body = frame(encode({ 1: 'projects/other/topics/t' }));
    const path = '/google.pubsub.v1.Publisher/Publish';
    expect(spell(await resolveBytes('pubsub.googleapis.com', path, body, headers))).toEqual([
      'pubsub.topics.publish //pubsub.googleapis.com/projects/other/topics/t',
    ]);
  });
});

test('a bucket that is made is in the project that the message says', async () => {
  const body = frame(encode({ 1: 'projects/_', 2: { 3: 'projects/p' }, 3: 'b' }));
  const path = '/google.storage.v2.Storage/CreateBucket';
  expect(await resolveBytes('storage.googleapis.com', path, body)).toMatchObject({
    actions: [{ name: 'storage.buckets.create', project: 'p' }],
  });
});

async function shortActions(api: string, method: string, fields: Fields): Promise<readonly string[]> {
  const actions = await actionsOf(`${api}.googleapis.com`, `/${method}`, encode(fields));
  return actions.map((action) => action.replace(`//${api}.googleapis.com/`, ''));
}
