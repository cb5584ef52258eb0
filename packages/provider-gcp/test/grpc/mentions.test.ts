import { expect, test } from 'vitest';
import { actionsOf, encode, type Fields } from './call.ts';

/** The actions of a call without the one on what it is named for. */
async function others(host: string, path: string, fields: Fields): Promise<readonly string[]> {
  return (await actionsOf(`${host}.googleapis.com`, `/${path}`, encode(fields))).slice(1);
}

const subscription = { 1: 'projects/p/subscriptions/s' };

test.each<[what: string, fields: Fields, resource: string]>([
  ['dead letters', { 13: { 1: 'projects/q/topics/t' } }, '//pubsub.googleapis.com/projects/q/topics/t'],
  ['rows', { 18: { 1: 'q.d.t' } }, '//bigquery.googleapis.com/projects/q/datasets/d/tables/t'],
  ['files', { 22: { 1: 'other-bucket' } }, '//storage.googleapis.com/projects/_/buckets/other-bucket'],
])('where a subscription puts %s is a resource of the call, as over REST', async (_, fields, resource) => {
  const made = { ...subscription, 2: 'projects/p/topics/t', ...fields };
  expect(await others('pubsub', 'google.pubsub.v1.Subscriber/CreateSubscription', made)).toEqual([
    'pubsub.topics.attachSubscription //pubsub.googleapis.com/projects/p/topics/t',
    `pubsub.subscriptions.create ${resource}`,
  ]);
  const changed = { 1: { ...subscription, ...fields }, 2: { 1: ['dead_letter_policy'] } };
  expect(await others('pubsub', 'google.pubsub.v1.Subscriber/UpdateSubscription', changed)).toEqual([
    `pubsub.subscriptions.update ${resource}`,
  ]);
});

test.each<[path: string, host: string, fields: Fields, mentioned: readonly string[]]>([
  [
    'google.cloud.scheduler.v1.CloudScheduler/CreateJob',
    'cloudscheduler',
    { 1: 'projects/p/locations/l', 2: { 4: { 1: 'projects/q/topics/t' } } },
    ['cloudscheduler.jobs.create //pubsub.googleapis.com/projects/q/topics/t'],
  ],
  [
    'google.cloud.scheduler.v1.CloudScheduler/CreateJob',
    'cloudscheduler',
    { 1: 'projects/p/locations/l', 2: { 6: { 1: 'https://example.com/nothing' } } },
    [],
  ],
  [
    'google.cloud.scheduler.v1.CloudScheduler/CreateJob',
    'cloudscheduler',
    { 1: 'projects/p/locations/l', 2: { 6: { 6: { 1: 'robot@other-project.iam.gserviceaccount.com' } } } },
    [
      'cloudscheduler.jobs.create //iam.googleapis.com/projects/other-project/serviceAccounts/robot@other-project.iam.gserviceaccount.com',
    ],
  ],
  [
    'google.cloud.run.v2.Services/CreateService',
    'run',
    {
      1: 'projects/p/locations/l',
      3: 's',
      2: { 18: { 9: 'robot@other-project.iam.gserviceaccount.com' } },
    },
    [
      'run.services.create //iam.googleapis.com/projects/other-project/serviceAccounts/robot@other-project.iam.gserviceaccount.com',
    ],
  ],
  [
    'google.devtools.cloudbuild.v1.CloudBuild/CreateBuild',
    'cloudbuild',
    { 1: 'p', 2: { 3: { 2: { 1: 'other-bucket', 2: 'o' } } } },
    ['cloudbuild.builds.create //storage.googleapis.com/projects/_/buckets/other-bucket'],
  ],
])('what a message mentions needs the same permission: %s', async (path, host, fields, mentioned) => {
  expect(await others(host, path, fields)).toEqual(mentioned);
});

test.each<[path: string, host: string, fields: Fields, action: string]>([
  [
    'google.cloud.asset.v1.AssetService/ExportAssets',
    'cloudasset',
    { 1: 'projects/p' },
    'cloudasset.assets.exportAssets *',
  ],
  ['google.logging.v2.ConfigServiceV2/CreateSink', 'logging', { 1: 'projects/p' }, 'logging.sinks.create *'],
  [
    'google.cloud.aiplatform.v1.DatasetService/ExportData',
    'aiplatform',
    { 1: 'projects/p/locations/l/datasets/d' },
    'aiplatform.datasets.export *',
  ],
])('%s can reach what it does not name, as over REST', async (path, host, fields, action) => {
  expect(await actionsOf(`${host}.googleapis.com`, `/${path}`, encode(fields))).toEqual([action]);
});

test('logs of projects by the field that older versions have are no logs of a resource', async () => {
  const fields = { 1: 'q', 8: ['projects/p'] };
  const path = '/google.logging.v2.LoggingServiceV2/ListLogEntries';
  expect(await actionsOf('logging.googleapis.com', path, encode(fields))).toEqual([
    'logging.logEntries.list *',
  ]);
});

test('a message that is too long to be searched can name anything', async () => {
  const message = encode({ 1: 'projects/p/locations/l', 2: { 4: { 3: 'x'.repeat(1_100_000) } } });
  const path = '/google.cloud.scheduler.v1.CloudScheduler/CreateJob';
  expect(await actionsOf('cloudscheduler.googleapis.com', path, message)).toEqual([
    'cloudscheduler.jobs.create *',
  ]);
});
