import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { runSteps, zeros } from './steps.mjs';

const client = new S3Client(JSON.parse(process.argv[3] ?? '{}'));
const at = ({ bucket, key }) => ({ Bucket: bucket, Key: key });

await runSteps({
  buckets: async () => (await client.send(new ListBucketsCommand({}))).Buckets.map(({ Name }) => Name),
  put: async (step) => (await client.send(new PutObjectCommand({ ...at(step), Body: step.text }))).ETag,
  get: async (step) => (await client.send(new GetObjectCommand(at(step)))).Body.transformToString(),
  head: async (step) => (await client.send(new HeadObjectCommand(at(step)))).ContentLength,
  list: async ({ bucket, prefix }) => {
    const listed = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return (listed.Contents ?? []).map(({ Key }) => Key);
  },
  delete: (step) => client.send(new DeleteObjectCommand(at(step))),
  'delete-many': ({ bucket, keys }) =>
    client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
    ),
  copy: ({ bucket, key, to, from = bucket }) =>
    client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: `${from}/${key}` })),
  stream: async (step) =>
    void (await new Upload({ client, params: { ...at(step), Body: zeros(step.size) } }).done()),
  sized: async (step) => {
    const body = { Body: zeros(step.size), ContentLength: step.size };
    await client.send(new PutObjectCommand({ ...at(step), ...body }));
  },
  multipart: async (step) => {
    const options = { partSize: step.part, queueSize: 2 };
    const params = { ...at(step), Body: Readable.from(zeros(step.size)) };
    await new Upload({ client, ...options, params }).done();
  },
  'presigned-get': async (step) => {
    const url = await getSignedUrl(client, new GetObjectCommand(at(step)), { expiresIn: 300 });
    return (await fetch(url)).text();
  },
  'presigned-put': async (step) => {
    const url = await getSignedUrl(client, new PutObjectCommand(at(step)), { expiresIn: 300 });
    const { ok, status } = await fetch(url, { method: 'PUT', body: step.text });
    if (!ok) throw Object.assign(new Error(`status ${status}`), { name: 'PresignedError' });
  },
});
