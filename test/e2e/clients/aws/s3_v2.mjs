import { PassThrough } from 'node:stream';
import AWS from 'aws-sdk';
import { runSteps, zeros } from './steps.mjs';

const client = new AWS.S3();
const at = ({ bucket, key }) => ({ Bucket: bucket, Key: key });

await runSteps({
  buckets: async () => (await client.listBuckets().promise()).Buckets.map(({ Name }) => Name),
  put: async (step) => (await client.putObject({ ...at(step), Body: step.text }).promise()).ETag,
  get: async (step) => String((await client.getObject(at(step)).promise()).Body),
  head: async (step) => (await client.headObject(at(step)).promise()).ContentLength,
  list: async ({ bucket, prefix }) =>
    (await client.listObjectsV2({ Bucket: bucket, Prefix: prefix }).promise()).Contents.map(({ Key }) => Key),
  delete: (step) => client.deleteObject(at(step)).promise(),
  stream: async (step) => {
    const body = zeros(step.size).pipe(new PassThrough());
    await client.upload({ ...at(step), Body: body }).promise();
  },
  'presigned-get': async (step) => (await fetch(client.getSignedUrl('getObject', at(step)))).text(),
});
