import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Storage } from '@google-cloud/storage';
import { runSteps } from '../run-steps.mjs';

const storage = new Storage({ retryOptions: { autoRetry: false } });
const file = ({ bucket, key }) => storage.bucket(bucket).file(key);

async function* zeros(size) {
  for (let left = size; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536));
}

const operations = {
  put: (step) => file(step).save(step.text, { resumable: false }),
  resumable: (step) =>
    pipeline(
      Readable.from(zeros(step.size)),
      file(step).createWriteStream({ resumable: true, chunkSize: 1 << 20 }),
    ),
  stream: (step) =>
    pipeline(Readable.from(zeros(step.size)), file(step).createWriteStream({ resumable: false })),
  get: async (step) => String((await file(step).download())[0]),
  range: async (step) => {
    const chunks = [];
    for await (const chunk of file(step).createReadStream({ start: step.start, end: step.end }))
      chunks.push(chunk);
    return String(Buffer.concat(chunks));
  },
  size: async (step) => Number((await file(step).getMetadata())[0].size),
  list: async (step) =>
    (await storage.bucket(step.bucket).getFiles({ prefix: step.prefix }))[0].map(({ name }) => name).sort(),
  copy: async (step) =>
    (await file(step).copy(storage.bucket(step.to ?? step.bucket).file(step.toKey)))[0].name,
  compose: async (step) => (await storage.bucket(step.bucket).combine(step.keys, step.key))[0].name,
  metadata: async (step) => (await file(step).setMetadata({ metadata: { by: 'node' } }))[0].metadata,
  delete: async (step) => void (await file(step).delete()),
  buckets: async () =>
    (await storage.getBuckets({ project: process.env.GOOGLE_CLOUD_PROJECT }))[0].map(({ name }) => name),
  many: async (step) => {
    const texts = await Promise.all(Array.from({ length: step.count }, () => file(step).download()));
    return texts.length;
  },
};

await runSteps(operations);
// Of an upload that was answered before it had ended, the library keeps the connection.
process.exit();
