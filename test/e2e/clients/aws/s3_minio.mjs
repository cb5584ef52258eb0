import { text } from 'node:stream/consumers';
import { Client } from 'minio';
import { runSteps, zeros } from './steps.mjs';

const client = new Client({
  endPoint: 's3.amazonaws.com',
  region: process.env.AWS_REGION,
  accessKey: process.env.AWS_ACCESS_KEY_ID,
  secretKey: process.env.AWS_SECRET_ACCESS_KEY,
});

await runSteps({
  buckets: async () => (await client.listBuckets()).map(({ name }) => name),
  put: async ({ bucket, key, text: body }) => (await client.putObject(bucket, key, body)).etag,
  get: async ({ bucket, key }) => text(await client.getObject(bucket, key)),
  head: async ({ bucket, key }) => (await client.statObject(bucket, key)).size,
  list: async ({ bucket, prefix }) => {
    const names = [];
    for await (const { name } of client.listObjectsV2(bucket, prefix, true)) names.push(name);
    return names;
  },
  delete: ({ bucket, key }) => client.removeObject(bucket, key),
  stream: async ({ bucket, key, size }) => void (await client.putObject(bucket, key, zeros(size))),
  'presigned-get': async ({ bucket, key }) =>
    (await fetch(await client.presignedGetObject(bucket, key))).text(),
});
