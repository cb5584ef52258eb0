import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage } from '@google-cloud/storage';
import type { RequestText } from '@pai/core/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolve, told } from './storage.ts';

/** What the client sent, as an agent's request. */
interface Sent extends Omit<RequestText, 'url'> {
  readonly method: string;
  readonly target: string;
}

let sent: Sent[] = [];
const server = createServer((request, response) => {
  void take(request).then((one) => {
    sent.push(one);
    const headers: Record<string, string> = { 'content-type': 'application/json', 'x-goog-generation': '1' };
    if (one.target.includes('uploadType=resumable') && request.method === 'POST') {
      headers['location'] = `http://${request.headers.host}${one.target}&upload_id=session`;
    }
    const isListing =
      request.method === 'GET' && /\/(?:o|b|hmacKeys|notificationConfigs)(?:\?|$)/.test(one.target);
    const items = one.target.includes('prefix=to-delete') ? [{ name: 'to-delete/1' }] : [];
    response.writeHead(200, headers).end(JSON.stringify(isListing ? { items } : answer));
  });
});

/** Has what every method looks for in its answer. */
const answer = {
  name: 'a/b.txt',
  bucket: 'bkt',
  id: 'x',
  size: '7',
  generation: '1',
  metageneration: '1',
  done: true,
  resource: { name: 'a/b.txt', size: '7', generation: '1' },
  metadata: { accessId: 'GOOG1', projectId: 'proj' },
  retentionExpirationTime: '2030-01-01T00:00:00Z',
  permissions: [],
  labels: {},
  rule: [],
};

async function take(request: IncomingMessage): Promise<Sent> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = request.rawHeaders.filter((_, i, raw) => raw[i - (i % 2)]?.toLowerCase() !== 'host');
  return { method: request.method ?? '', target: request.url ?? '', headers, body: Buffer.concat(chunks) };
}

let storage: Storage;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  storage = new Storage({
    apiEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    projectId: 'proj',
    credentials: {
      client_email: 'agent@proj.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    retryOptions: { autoRetry: false },
  });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type Call = () => Promise<unknown>;
const bucket = () => storage.bucket('bkt');
const file = () => bucket().file('a/b.txt');
const get = 'objects.get bkt/objects/a/b.txt';
const create = 'objects.create bkt/objects/a/b.txt';
const update = 'objects.update bkt/objects/a/b.txt';
const objectAcl = 'objects.setIamPolicy bkt/objects/a/b.txt';

const calls: readonly (readonly [name: string, call: Call, ...means: readonly string[]])[] = [
  ['storage.getBuckets', () => storage.getBuckets({ prefix: 'b' }), 'buckets.list projects/proj [b]'],
  ['storage.createBucket', () => storage.createBucket('made'), 'buckets.create made'],
  [
    'storage.getServiceAccount',
    () => storage.getServiceAccount(),
    'resourcemanager.projects.get //cloudresourcemanager.googleapis.com/projects/proj',
  ],
  ['storage.createHmacKey', () => storage.createHmacKey('a@b'), 'hmacKeys.create projects/proj'],
  ['storage.getHmacKeys', () => storage.getHmacKeys(), 'hmacKeys.list projects/proj []'],
  ['hmacKey.get', () => storage.hmacKey('GOOG1').get(), 'hmacKeys.get projects/proj/hmacKeys/GOOG1'],
  [
    'hmacKey.setMetadata',
    () => storage.hmacKey('GOOG1').setMetadata({ state: 'INACTIVE' }),
    'hmacKeys.update projects/proj/hmacKeys/GOOG1',
  ],
  ['hmacKey.delete', () => storage.hmacKey('GOOG1').delete(), 'hmacKeys.delete projects/proj/hmacKeys/GOOG1'],
  ['bucket.get', () => bucket().get(), 'buckets.get bkt'],
  [
    'bucket.getMetadata in full',
    () => bucket().getMetadata({ projection: 'full' } as never),
    'buckets.get bkt',
    'buckets.getIamPolicy bkt',
  ],
  ['bucket.exists', () => bucket().exists(), 'buckets.get bkt'],
  ['bucket.getMetadata', () => bucket().getMetadata(), 'buckets.get bkt'],
  ['bucket.setMetadata', () => bucket().setMetadata({ labels: { a: 'b' } }), 'buckets.update bkt'],
  ['bucket.setLabels', () => bucket().setLabels({ a: 'b' }), 'buckets.update bkt'],
  [
    'bucket.addLifecycleRule',
    () => bucket().addLifecycleRule({ action: { type: 'Delete' }, condition: { age: 1 } }, { append: false }),
    'buckets.update bkt',
  ],
  ['bucket.setCorsConfiguration', () => bucket().setCorsConfiguration([]), 'buckets.update bkt'],
  ['bucket.setRetentionPeriod', () => bucket().setRetentionPeriod(1), 'buckets.update bkt'],
  ['bucket.setStorageClass', () => bucket().setStorageClass('nearline'), 'buckets.update bkt'],
  ['bucket.enableRequesterPays', () => bucket().enableRequesterPays(), 'buckets.update bkt'],
  ['bucket.lock', () => bucket().lock(1), 'buckets.update bkt'],
  ['bucket.delete', () => bucket().delete(), 'buckets.delete bkt'],
  ['bucket.restore', () => bucket().restore({ generation: '1' } as never), 'buckets.restore bkt'],
  ['bucket.makePublic', () => bucket().makePublic(), 'buckets.setIamPolicy bkt'],
  ['bucket.makePrivate', () => bucket().makePrivate(), 'buckets.update bkt', 'buckets.setIamPolicy bkt'],
  ['bucket.acl.get', () => bucket().acl.get(), 'buckets.getIamPolicy bkt'],
  [
    'bucket.acl.add',
    () => bucket().acl.add({ entity: 'allUsers', role: 'READER' }),
    'buckets.setIamPolicy bkt',
  ],
  [
    'bucket.acl.default.delete',
    () => bucket().acl.default.delete({ entity: 'user-a@b.c' }),
    'buckets.setIamPolicy bkt',
  ],
  ['bucket.iam.getPolicy', () => bucket().iam.getPolicy(), 'buckets.getIamPolicy bkt'],
  ['bucket.iam.setPolicy', () => bucket().iam.setPolicy({ bindings: [] }), 'buckets.setIamPolicy bkt'],
  [
    'bucket.iam.testPermissions',
    () => bucket().iam.testPermissions(['storage.buckets.get', 'storage.buckets.delete']),
    'buckets.testIamPermissions bkt',
  ],
  ['bucket.getNotifications', () => bucket().getNotifications(), 'buckets.get bkt'],
  [
    'bucket.createNotification',
    () => bucket().createNotification('projects/proj/topics/t'),
    'buckets.update bkt',
    'buckets.update //pubsub.googleapis.com/projects/proj/topics/t',
  ],
  ['notification.delete', () => bucket().notification('1').delete(), 'buckets.update bkt'],
  [
    'bucket.createChannel',
    () => bucket().createChannel('id', { address: 'https://x' }),
    'buckets.update bkt',
    'objects.list bkt []',
  ],
  ['channel.stop', () => storage.channel('id', 'resource').stop(), 'channels.stop any'],
  ['bucket.getFiles', () => bucket().getFiles({ prefix: 'a b/', delimiter: '/' }), 'objects.list bkt [a b/]'],
  ['bucket.getFiles by a glob', () => bucket().getFiles({ matchGlob: 'a/*' }), 'objects.list bkt []'],
  [
    'bucket.deleteFiles',
    () => bucket().deleteFiles({ prefix: 'to-delete/' }),
    'objects.list bkt [to-delete/]',
    'objects.delete bkt/objects/to-delete/1',
  ],
  [
    'bucket.combine',
    () => bucket().combine(['x.txt', 'y.txt'], 'z.txt'),
    'objects.create bkt/objects/z.txt',
    'objects.get bkt/objects/x.txt',
    'objects.get bkt/objects/y.txt',
  ],
  [
    'bucket.upload',
    () =>
      bucket().upload(import.meta.filename, { destination: 'a/b.txt', resumable: false, validation: false }),
    create,
  ],
  ['file.get', () => file().get(), get],
  ['file.exists', () => file().exists(), get],
  ['file.getMetadata', () => file().getMetadata(), get],
  ['file.getExpirationDate', () => file().getExpirationDate(), get],
  ['file.download', () => file().download({ validation: false }), get],
  ['file.isPublic', () => file().isPublic(), get],
  ['file.save', () => file().save('content', { resumable: false, validation: false }), create],
  [
    'file.save for all',
    () => file().save('content', { resumable: false, validation: false, public: true }),
    create,
    objectAcl,
  ],
  ['file.save with a session', () => file().save('content', { resumable: true, validation: false }), create],
  [
    'file.createResumableUpload',
    () => file().createResumableUpload({ predefinedAcl: 'publicRead' }),
    create,
    objectAcl,
  ],
  ['file.setMetadata', () => file().setMetadata({ contentType: 'text/plain' }), update],
  ['file.makePublic', () => file().makePublic(), objectAcl],
  ['file.makePrivate', () => file().makePrivate(), update, objectAcl],
  ['file.acl.get', () => file().acl.get(), 'objects.getIamPolicy bkt/objects/a/b.txt'],
  ['file.acl.update', () => file().acl.update({ entity: 'allUsers', role: 'READER' }), objectAcl],
  ['file.copy', () => file().copy(storage.bucket('dst').file('k')), get, 'objects.create dst/objects/k'],
  [
    'file.copy for all',
    () => file().copy('k', { predefinedAcl: 'publicRead', metadata: { a: 'b' } }),
    get,
    'objects.create bkt/objects/k',
    'objects.setIamPolicy bkt/objects/k',
  ],
  [
    'file.move',
    () => file().move('k'),
    get,
    'objects.create bkt/objects/k',
    'objects.delete bkt/objects/a/b.txt',
  ],
  [
    'file.moveFileAtomic',
    () => file().moveFileAtomic('k'),
    'objects.move bkt/objects/a/b.txt',
    'objects.create bkt/objects/k',
  ],
  ['file.setStorageClass', () => file().setStorageClass('nearline'), get, create],
  [
    'file.rotateEncryptionKey',
    () => bucket().file('k').rotateEncryptionKey(),
    'objects.get bkt/objects/k',
    'objects.create bkt/objects/k',
  ],
  ['file.restore', () => file().restore({ generation: 1 }), 'objects.restore bkt/objects/a/b.txt', create],
  ['file.delete', () => file().delete(), 'objects.delete bkt/objects/a/b.txt'],
  [
    'a call that another project pays for',
    () => storage.bucket('bkt', { userProject: 'payer' }).file('a/b.txt').delete(),
    'objects.delete bkt/objects/a/b.txt',
    'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/payer',
  ],
];

test.each(calls.map(([name, call, ...means]) => ({ name, call, means })))(
  '$name of the client means what it does',
  async ({ call, means }) => {
    sent = [];
    await call();
    const meant = new Set<string>();
    for (const { method, target, ...rest } of sent) {
      const actions = told(await resolve(method, target, rest));
      expect([method, target, typeof actions]).toEqual([method, target, 'object']);
      for (const action of actions) meant.add(action);
    }
    expect([...meant].toSorted()).toEqual(means.toSorted());
  },
);

test.each([
  ['read', 'v4', 'GET', 'objects.get'],
  ['read', 'v2', 'GET', 'objects.get'],
  ['write', 'v4', 'PUT', 'objects.create'],
  ['delete', 'v4', 'DELETE', 'objects.delete'],
  ['resumable', 'v4', 'POST', 'objects.create'],
] as const)(
  'a URL signed to %s, %s, is judged by what it does',
  async (action, version, method, permission) => {
    const [url] = await file().getSignedUrl({ action, version, expires: Date.now() + 60_000 });
    const headers = action === 'resumable' ? { 'x-goog-resumable': 'start' } : {};
    const { pathname, search } = new URL(url);
    expect(told(await resolve(method, pathname + search, { headers }))).toEqual([
      `${permission} bkt/objects/a/b.txt`,
    ]);
  },
);
