import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount } from './gcp/account.ts';
import { doStep, gcpClient, ownKey, pubsubClients, type Step, storageClients } from './gcp/clients.ts';
import { type Google, project, startGoogle } from './gcp/google.ts';
import { hasPubsub } from './gcp/pubsub.ts';
import { type Pod, startDirectPod } from './sidecar-pod.ts';

// The other tests stand on it: without the sidecar, the service takes only who holds an account's own key.
const bucket = 'pai-data';
const hosts = ['storage', 'oauth2', 'www', 'pubsub', 'sts', 'iamcredentials', `${bucket}.storage`].map(
  (name) => `${name}.googleapis.com`,
);
// Some start slowly, or ask for a token again and again for minutes, and need what the others need.
const spared = ['curl', 'gcloud storage', 'gsutil', 'gcsfs (Python)'];
let google: Google;
let owner: Pod;
let stranger: Pod;

beforeAll(async () => {
  const ca = loadCa();
  google = await startGoogle({ ca, seconds: () => 60, withPubsub: true });
  google.addBucket(bucket);
  const account = google.addAccount('owner');
  const other = createAccount('owner', project);
  const podOf = (address: string, keyFile: string) =>
    startDirectPod({
      address,
      port: google.port,
      ca,
      hosts,
      env: { ...ownKey, GOOGLE_CLOUD_PROJECT: project, CLOUDSDK_CORE_PROJECT: project },
      files: { 'key.json': keyFile },
    });
  owner = await podOf('127.0.0.101', account.keyFile);
  // Of the same name, with a key that nobody knows.
  stranger = await podOf('127.0.0.102', other.keyFile);
});

afterAll(async () => {
  await owner?.close();
  await stranger?.close();
  await google?.close();
});

describe.each(storageClients.filter(({ name }) => !spared.includes(name)))('$name', (client) => {
  const folder = `${client.name.replace(/[^a-z0-9]/gi, '')}/`;
  const put: Step = { op: 'put', bucket, key: `${folder}a b+c.txt`, text: 'hello' };

  test.skipIf(!client.isThere)('needs the right key', async () => {
    await doStep(client, owner, put);
    expect(await doStep(client, owner, { ...put, op: 'get', text: '' })).toBe('hello');
    const [refused] = await client.run(stranger, [put]);
    expect(refused).toMatchObject({ ok: false });
    expect(refused?.message).toMatch(/invalid_grant|no key|credentials are invalid|Invalid Credentials|401/i);
  });
});

test.each(['@google-cloud/storage', 'google-cloud-storage (Python)'])(
  '%s finds all of the API',
  async (name) => {
    const client = gcpClient(name);
    const key = `${name.length}-big`;
    const steps: Step[] = [
      { op: 'resumable', bucket, key, size: 3 << 20 },
      { op: 'size', bucket, key },
      { op: 'copy', bucket, key, toKey: `${key}-copy` },
      { op: 'put', bucket, key: `${key}-a`, text: 'one ' },
      { op: 'put', bucket, key: `${key}-b`, text: 'two' },
      { op: 'compose', bucket, key: `${key}-ab`, keys: [`${key}-a`, `${key}-b`] },
      { op: 'range', bucket, key: `${key}-ab`, start: 2, end: 5 },
      { op: 'list', bucket, prefix: key },
      { op: 'delete', bucket, key: `${key}-ab` },
    ];
    const results = await client.run(owner, steps);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.map(({ value }) => value)).toMatchObject({ 1: 3 << 20, 6: 'e tw' });
  },
);

describe.skipIf(!hasPubsub)('Pub/Sub', () => {
  test.each(pubsubClients)('$name needs a key that Google knows', async (client) => {
    const topic = `control-${client.name.length}`;
    const steps: Step[] = [
      { op: 'topic', topic },
      { op: 'subscription', topic, subscription: topic },
      { op: 'publish', topic, texts: ['b', 'a'] },
      { op: 'receive', subscription: topic, count: 2 },
    ];
    const results = await client.run(owner, steps);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results[3]?.value).toEqual(['a', 'b']);
    const [refused] = await client.run(stranger, [{ op: 'topics' }]);
    expect(refused).toMatchObject({
      ok: false,
      message: expect.stringMatching(/Invalid credentials|UNAUTHENTICATED/),
    });
  });
});
