import { expect, test } from 'vitest';
import { meaningOf, type Sent } from './gcp.ts';

const p = 'projects/p';
const post = (body: object = {}): Sent => ({ method: 'POST', body });

test.each<[what: string, url: string, sent: Sent, meaning: readonly string[]]>([
  ['a list', `pubsub/v1/${p}/topics`, {}, [`pubsub.topics.list pubsub/${p} part=`]],
  [
    'a custom verb',
    `pubsub/v1/${p}/topics/t:publish`,
    post(),
    [`pubsub.topics.publish pubsub/${p}/topics/t`],
  ],
  [
    'a creation by name',
    `pubsub/v1/${p}/topics/t`,
    { method: 'PUT', body: {} },
    [`pubsub.topics.create pubsub/${p}/topics/t`],
  ],
  [
    'a pull',
    `pubsub/v1/${p}/subscriptions/s:pull`,
    post(),
    [`pubsub.subscriptions.consume pubsub/${p}/subscriptions/s`],
  ],
  ['a preview version', `pubsub/v1beta2/${p}/topics/t`, {}, [`pubsub.topics.get pubsub/${p}/topics/t`]],
  [
    'an id in the query',
    `secretmanager/v1/${p}/secrets?secretId=s`,
    post(),
    [`secretmanager.secrets.create secretmanager/${p}/secrets/s`],
  ],
  [
    'an id in the query as protobuf spells it',
    `secretmanager/v1/${p}/secrets?secret_id=s`,
    post(),
    [`secretmanager.secrets.create secretmanager/${p}/secrets/s`],
  ],
  ['no id', `secretmanager/v1/${p}/secrets`, post(), [`secretmanager.secrets.create secretmanager/${p}`]],
  [
    'an id that is a path',
    `secretmanager/v1/${p}/secrets?secretId=a/b`,
    post(),
    [`secretmanager.secrets.create secretmanager/${p}`],
  ],
  [
    'a secret',
    `secretmanager/v1/${p}/secrets/s/versions/latest:access`,
    {},
    [`secretmanager.versions.access secretmanager/${p}/secrets/s/versions/latest`],
  ],
  [
    'a zone’s list',
    `compute/compute/v1/${p}/zones/z/instances`,
    {},
    [`compute.instances.list compute/${p}/zones/z part=`],
  ],
  [
    'a global list',
    `compute/compute/v1/${p}/global/images`,
    {},
    [`compute.images.list compute/${p}/global part=`],
  ],
  [
    'an aggregated list',
    `compute/compute/v1/${p}/aggregated/instances`,
    {},
    [`compute.instances.list compute/${p}`],
  ],
  [
    'a regional twin',
    `compute/compute/beta/${p}/regions/r/disks/d/resize`,
    post(),
    [`compute.disks.resize compute/${p}/regions/r/disks/d`],
  ],
  [
    'an id in the content',
    `compute/compute/v1/${p}/zones/z/disks`,
    post({ name: 'd' }),
    [`compute.disks.create compute/${p}/zones/z/disks/d`],
  ],
  [
    'rows',
    `bigquery/bigquery/v2/${p}/datasets/d/tables/t/data`,
    {},
    [`bigquery.tables.getData bigquery/${p}/datasets/d/tables/t part=`],
  ],
  [
    'rows that are put in',
    `bigquery/bigquery/v2/${p}/datasets/d/tables/t/insertAll`,
    post(),
    [`bigquery.tables.updateData bigquery/${p}/datasets/d/tables/t`],
  ],
  [
    'a query',
    `bigquery/bigquery/v2/${p}/queries`,
    post({ query: 'select 1' }),
    [`bigquery.jobs.create bigquery/${p} any`],
  ],
  [
    'a job by upload',
    `bigquery/upload/bigquery/v2/${p}/jobs?uploadType=resumable`,
    { method: 'POST' },
    [`bigquery.jobs.create bigquery/${p} any`],
  ],
  [
    'log entries',
    'logging/v2/entries:write',
    post({ entries: [{ logName: `${p}/logs/a` }, { logName: `${p}/logs/b` }] }),
    [`logging.logEntries.create logging/${p}/logs/a`, `logging.logEntries.create logging/${p}/logs/b`],
  ],
  [
    'log entries of two projects',
    'logging/v2/entries:list',
    post({ resourceNames: [p], projectIds: ['q'] }),
    [`logging.logEntries.list logging/${p}`, 'logging.logEntries.list logging/projects/q'],
  ],
  ['log entries without a name', 'logging/v2/entries:list', post(), ['logging.logEntries.list any']],
  [
    'a document',
    `firestore/v1/${p}/databases/(default)/documents/c/d`,
    {},
    [`datastore.entities.get firestore/${p}/databases/(default)/documents/c/d`],
  ],
  [
    'documents',
    `firestore/v1/${p}/databases/(default)/documents/c/d/e`,
    {},
    [
      `datastore.entities.get firestore/${p}/databases/(default)/documents/c/d/e`,
      `datastore.entities.list firestore/${p}/databases/(default)/documents/c/d/e`,
    ],
  ],
  [
    'a parent in the query',
    'cloudresourcemanager/v3/projects?parent=folders/1',
    {},
    ['resourcemanager.projects.list cloudresourcemanager/folders/1 part='],
  ],
  [
    'a policy',
    `cloudresourcemanager/v1/${p}:setIamPolicy`,
    post(),
    [`resourcemanager.projects.setIamPolicy cloudresourcemanager/${p}`],
  ],
  [
    'a token',
    `iamcredentials/v1/projects/-/serviceAccounts/a@b:generateAccessToken`,
    post(),
    ['iam.serviceAccounts.getAccessToken iamcredentials/projects/-/serviceAccounts/a@b'],
  ],
  [
    'a key',
    `iam/v1/${p}/serviceAccounts/a@b/keys`,
    post(),
    [`iam.serviceAccountKeys.create iam/${p}/serviceAccounts/a@b`],
  ],
  [
    'encryption',
    `cloudkms/v1/${p}/locations/l/keyRings/r/cryptoKeys/k:encrypt`,
    post(),
    [`cloudkms.cryptoKeyVersions.useToEncrypt cloudkms/${p}/locations/l/keyRings/r/cryptoKeys/k`],
  ],
  [
    'a node pool',
    `container/v1/${p}/locations/l/clusters/c/nodePools/n`,
    { method: 'DELETE' },
    [`container.clusters.update container/${p}/locations/l/clusters/c/nodePools/n`],
  ],
  [
    'a name with slashes',
    `monitoring/v3/${p}/metricDescriptors/custom.googleapis.com/a/b`,
    {},
    [`monitoring.metricDescriptors.get monitoring/${p}/metricDescriptors/custom.googleapis.com/a/b`],
  ],
  [
    'a name with an encoded slash',
    `logging/v2/${p}/logs/cloudaudit.googleapis.com%2Factivity`,
    { method: 'DELETE' },
    [`logging.logs.delete logging/${p}/logs/cloudaudit.googleapis.com%2Factivity`],
  ],
  [
    'an export',
    `sqladmin/v1/${p}/instances/i/export`,
    post(),
    [`cloudsql.instances.export sqladmin/${p}/instances/i any`],
  ],
  [
    'media',
    'www/drive/v3/files/f?alt=media&fields=id&$alt=media&$.xgafv=2',
    {},
    ['drive.files.get drive/files/f'],
  ],
  ['a download', `www/download/drive/v3/files/f?alt=media`, {}, ['drive.files.get drive/files/f']],
  [
    'a legacy host',
    `www/compute/v1/${p}/zones/z/instances/i`,
    {},
    [`compute.instances.get compute/${p}/zones/z/instances/i`],
  ],
  [
    'a regional host',
    `us-central1-aiplatform/v1/${p}/locations/us-central1/endpoints/e:rawPredict`,
    post(),
    [`aiplatform.endpoints.predict aiplatform/${p}/locations/us-central1/endpoints/e`],
  ],
  ['a trailing slash', `pubsub/v1/${p}/topics/t/`, {}, [`pubsub.topics.get pubsub/${p}/topics/t`]],
  ['a description', 'pubsub/$discovery/rest?version=v1', {}, ['discovery.apis.get']],
  ['a list of APIs', 'www/discovery/v1/apis', {}, ['discovery.apis.get']],
])('%s is read', async (_, url, sent, meaning) => {
  const host = url.replace(/^[^/]+/, (label) => `https://${label}.googleapis.com`);
  expect(await meaningOf(host, sent)).toEqual(
    meaning.map((one) => one.replace(/ ([a-z]+)\//, ' //$1.googleapis.com/')),
  );
});

test.each<[what: string, url: string, sent: Sent]>([
  ['an unknown path', 'https://pubsub.googleapis.com/v1/other', {}],
  ['an unknown version', 'https://pubsub.googleapis.com/v9/projects/p/topics', {}],
  ['an unknown method', 'https://pubsub.googleapis.com/v1/projects/p/topics/t', { method: 'PROPFIND' }],
  ['an unknown API', 'https://unheardof.googleapis.com/v1/projects/p', {}],
  ['an unknown host', 'https://a.pubsub.googleapis.com/v1/projects/p', {}],
  ['a path of no API on the shared host', 'https://www.googleapis.com/v1/projects/p/topics', {}],
  [
    'a method that takes no upload',
    'https://pubsub.googleapis.com/upload/v1/projects/p/topics/t:publish',
    { method: 'POST' },
  ],
  ['a name whose slashes are all encoded', 'https://pubsub.googleapis.com/v1/projects%2Fp%2Ftopics%2Ft', {}],
  [
    'an encoded slash that could be one',
    'https://pubsub.googleapis.com/v1/projects/p/topics/t%2Fsubscriptions',
    {},
  ],
  [
    'protobuf content by the fallback of gRPC',
    'https://pubsub.googleapis.com/$rpc/google.pubsub.v1.Publisher/Publish',
    { method: 'POST' },
  ],
])('%s is unresolved', async (_, url, sent) => {
  expect(await meaningOf(url, sent)).toBeTypeOf('string');
});

test.each([
  ['dots', 'https://pubsub.googleapis.com/v1/projects/p/../q/topics/t'],
  ['encoded dots', 'https://pubsub.googleapis.com/v1/projects/p/%2e%2e/q/topics/t'],
  ['dots behind encoded slashes', 'https://pubsub.googleapis.com/v1/projects/p/topics/a%2F..%2Fb'],
  ['an empty segment', 'https://pubsub.googleapis.com/v1//projects/p/topics'],
  ['two ids', 'https://secretmanager.googleapis.com/v1/projects/p/secrets?secretId=a&secret_id=b'],
  ['a method in the query', 'https://pubsub.googleapis.com/v1/projects/p/topics?$httpMethod=DELETE'],
  [
    'headers in the query',
    'https://pubsub.googleapis.com/v1/projects/p/topics?%24httpHeaders=x-http-method-override:DELETE',
  ],
])('%s are refused', async (_, url) => {
  await expect(meaningOf(url, post())).rejects.toThrow();
});

test('a custom verb that is not known is named as the wire names it, encoded or not', async () => {
  const url = 'https://pubsub.googleapis.com/v1/projects/p/topics/t';
  const named = 'pubsub.topics.takeOver //pubsub.googleapis.com/projects/p/topics/t any';
  expect(await meaningOf(`${url}:takeOver`, post())).toEqual([named]);
  expect(await meaningOf(`${url}%3AtakeOver`, post())).toEqual([named]);
  const read = await meaningOf(`${url}:takeOver`);
  expect(read).toEqual(['pubsub.topics.get //pubsub.googleapis.com/projects/p/topics/t:takeOver', named]);
});

test.each([
  'https://sheets.googleapis.com/v4/spreadsheets/s/values/Sheet1!A1%3AB2',
  'https://sheets.googleapis.com/v4/spreadsheets/s/values/A:AB',
  'https://sheets.googleapis.com/v4/spreadsheets/s/values/R1C1:R2C2',
  `https://artifactregistry.googleapis.com/v1/projects/p/locations/l/repositories/r/packages/a/versions/sha256:${'ab'.repeat(32)}`,
])('%s ends with a name, not with a verb', async (url) => {
  const { pathname } = new URL(url);
  const [, kind = ''] = /\/(values|versions)\//.exec(pathname) ?? [];
  const found = await meaningOf(url);
  expect(found).toEqual([expect.stringMatching(new RegExp(`^\\w+\\.${kind}\\.get //\\S+$`))]);
});

test('K6: a custom verb is part of the action, however its colon is written', async () => {
  for (const colon of [':', '%3A', '%3a']) {
    expect(
      await meaningOf(`https://pubsub.googleapis.com/v1/projects/p/topics/t${colon}setIamPolicy`, post()),
    ).toEqual(['pubsub.topics.setIamPolicy //pubsub.googleapis.com/projects/p/topics/t']);
  }
  expect(await meaningOf('https://pubsub.googleapis.com/v1/projects/-/topics')).toEqual([
    'pubsub.topics.list //pubsub.googleapis.com/projects/- part=',
  ]);
});

test('K5: an encoded slash stays in the name that it is in', async () => {
  const url =
    'https://artifactregistry.googleapis.com/v1/projects/p/locations/l/repositories/r/packages/a%2Fb';
  expect(await meaningOf(url)).toEqual([
    'artifactregistry.packages.get //artifactregistry.googleapis.com/projects/p/locations/l/repositories/r/packages/a%2Fb',
  ]);
});
