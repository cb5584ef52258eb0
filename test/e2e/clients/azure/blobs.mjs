import { Readable } from 'node:stream';
import { DefaultAzureCredential, EnvironmentCredential, ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { runSteps } from '../run-steps.mjs';

const credentials = {
  default: () => new DefaultAzureCredential(),
  environment: () => new EnvironmentCredential(),
  managed: () => new ManagedIdentityCredential(),
};
const credential = credentials[process.env.CREDENTIAL ?? 'environment']();
const account = ({ account = 'paidata' }) =>
  new BlobServiceClient(`https://${account}.blob.core.windows.net`, credential, {
    retryOptions: { maxTries: 1 },
  });
const container = (step) => account(step).getContainerClient(step.container);
const blob = (step) => container(step).getBlockBlobClient(step.key);

async function* zeros(size) {
  for (let left = size; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536));
}

const operations = {
  container: async (step) => void (await container(step).createIfNotExists()),
  put: async (step) => void (await blob(step).upload(step.text, Buffer.byteLength(step.text))),
  stream: async (step) => void (await blob(step).uploadStream(Readable.from(zeros(step.size)), 1 << 20, 3)),
  get: async (step) => String(await blob(step).downloadToBuffer()),
  size: async (step) => (await blob(step).getProperties()).contentLength,
  list: async (step) => {
    const names = [];
    for await (const { name } of container(step).listBlobsFlat({ prefix: step.prefix })) names.push(name);
    return names.sort();
  },
  containers: async (step) => {
    const names = [];
    for await (const { name } of account(step).listContainers()) names.push(name);
    return names.sort();
  },
  copy: async (step) => (await blob({ ...step, key: step.toKey }).syncCopyFromURL(blob(step).url)).copyStatus,
  delete: async (step) => void (await blob(step).delete()),
  many: async (step) =>
    (await Promise.all(Array.from({ length: step.count }, () => blob(step).getProperties()))).length,
};

await runSteps(operations);
