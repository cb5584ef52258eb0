import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from './gcp/account.ts';
import { gcpClient, pubsubClients, type Result, type Step, storageClients } from './gcp/clients.ts';
import { type Google, project, startGoogle } from './gcp/google.ts';
import { hasPubsub } from './gcp/pubsub.ts';
import { agent, gcpPod, gcpProvider, keySecret } from './gcp/sidecar.ts';
import { type SidecarPod, withProxy } from './sidecar-pod.ts';

if (!hasPubsub) console.warn('the Pub/Sub emulator is not on this machine: its tests are skipped');

const MiB = 1 << 20;
const bucket = 'pai-data';
let google: Google;
let account: Account;
let pod: SidecarPod;

beforeAll(async () => {
  google = await startGoogle({ ca: loadCa(), seconds: () => 15, withPubsub: true });
  for (const name of [bucket, 'pai-other']) google.addBucket(name);
  account = google.addAccount('agent');
  pod = await gcpPod({
    address: '127.0.0.107',
    google,
    secrets: { gcp: keySecret(account.keyFile) },
    providers: gcpProvider(agent, 'gcp'),
    names: [agent],
  });
});

afterAll(async () => {
  await pod?.close();
  await google?.close();
});

const occurrences = (text: string | undefined, sentence: string) => (text ?? '').split(sentence).length - 1;
const deletion = `${agent}: storage.objects.delete is denied by policy.deny[0]`;

describe.each(storageClients)('$name', (client) => {
  const folder = `${client.name.replace(/[^a-z0-9]/gi, '')}/`;
  const run = async (steps: readonly Step[]): Promise<Map<Step, Result>> => {
    const able = steps.filter(({ op }) => client.can.has(op));
    const results = await client.run(pod, able);
    return new Map(able.map((step, i) => [step, results[i] ?? { ok: false }]));
  };

  test.skipIf(!client.isThere)('writes, reads and lists, with a credential it never held', async () => {
    const key = `${folder}a b+c.txt`;
    const put: Step = { op: 'put', bucket, key, text: `hello from ${client.name}` };
    const get: Step = { op: 'get', bucket, key };
    const list: Step = { op: 'list', bucket, prefix: folder };
    const doors: Step[] = ['xml-get', 'host-get'].map((op) => ({ op, bucket, key }));
    const results = await run([put, get, list, ...doors]);
    expect([...results].filter(([, { ok }]) => !ok)).toEqual([]);
    expect(results.get(list)?.value).toEqual([key]);
    for (const read of [get, ...doors])
      if (results.has(read)) expect(results.get(read)?.value).toBe(put.text);
  });

  test.skipIf(!client.isThere)('is told why in its own exception', async () => {
    const key = `${folder}a b+c.txt`;
    const remove: Step = { op: 'delete', bucket, key };
    const outside: Step = { op: 'list', bucket: 'pai-other', prefix: 'x' };
    const results = await run([remove, outside]);
    expect(results.get(remove)?.error).toMatch(client.denied);
    expect(results.get(remove)?.message).toContain(deletion);
    if (client.saysOnce) expect(occurrences(results.get(remove)?.message, deletion)).toBe(1);
    expect(results.get(outside)?.error).toMatch(client.denied);
    expect(results.get(outside)?.message).toMatch(/buckets\/pai-other.* is not in scope\.resources/);
    expect(google.buckets.get(bucket)?.objects.has(key)).toBe(true);
  });
});

describe.each(storageClients.filter(({ can }) => can.has('resumable') || can.has('stream')))(
  '$name',
  (client) => {
    test.skipIf(!client.isThere)(
      'uploads in chunks, streams, copies, composes and reads ranges',
      async () => {
        const key = `big-${client.name.length}`;
        const all: Step[] = [
          { op: 'resumable', bucket, key, size: 3 * MiB + 5 },
          { op: 'stream', bucket, key: `${key}-s`, size: 2 * MiB },
          { op: 'put', bucket, key: `${key}-a`, text: 'one ' },
          { op: 'put', bucket, key: `${key}-b`, text: 'two' },
          { op: 'compose', bucket, key: `${key}-ab`, keys: [`${key}-a`, `${key}-b`] },
          { op: 'range', bucket, key: `${key}-ab`, start: 2, end: 5 },
          { op: 'copy', bucket, key: `${key}-s`, toKey: `${key}-copy` },
          { op: 'copy', bucket, key, toKey: `${key}-copy` },
          { op: 'size', bucket, key: `${key}-copy` },
          { op: 'metadata', bucket, key },
        ];
        const steps = all.filter(
          ({ op, key: name }) => client.can.has(op) && (op !== 'copy' || hasMade(name ?? '')),
        );
        function hasMade(name: string) {
          return client.can.has(name.endsWith('-s') ? 'stream' : 'resumable');
        }
        const results = await client.run(pod, steps);
        expect(results.filter(({ ok }) => !ok)).toEqual([]);
        const valueOfOp = (op: string) => results[steps.findIndex((step) => step.op === op)]?.value;
        if (client.can.has('range')) expect(valueOfOp('range')).toBe('e tw');
        if (client.can.has('resumable')) expect(valueOfOp('size')).toBe(3 * MiB + 5);
      },
    );
  },
);

test.skipIf(!hasPubsub)('googleapis lists topics over REST', async () => {
  const topics = await gcpClient('googleapis').run(pod, [{ op: 'topics', project }]);
  expect(topics).toMatchObject([{ ok: true }]);
});

const batching = storageClients.filter(({ can, isThere }) => can.has('delete-many') && isThere);
test.each(batching)('$name is told of every part of a batch', async (client) => {
  const keys = ['batch-1', 'batch-2'];
  const [put, , remove] = await client.run(pod, [
    { op: 'put', bucket, key: 'batch-1', text: 'x' },
    { op: 'put', bucket, key: 'batch-2', text: 'x' },
    { op: 'delete-many', bucket, keys },
  ]);
  expect(put).toMatchObject({ ok: true });
  expect(remove).toMatchObject({ ok: false, message: expect.stringContaining(deletion) });
});

describe.skipIf(!hasPubsub)('Pub/Sub over gRPC', () => {
  describe.each(pubsubClients)('$name', (client) => {
    const topic = `topic-${client.name.length}`;

    test('makes a topic, publishes, and is streamed to', async () => {
      const steps: Step[] = [
        { op: 'topic', topic },
        { op: 'subscription', topic, subscription: topic },
        { op: 'publish', topic, texts: ['b', 'a'] },
        { op: 'receive', subscription: topic, count: 2 },
        { op: 'topics' },
      ];
      const results = await client.run(pod, steps);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
      expect(results[3]?.value).toEqual(['a', 'b']);
    });

    test('is told why in its own exception', async () => {
      const [remove, outside] = await client.run(pod, [
        { op: 'delete-topic', topic },
        { op: 'topics', project: 'another-project' },
      ]);
      expect(remove?.error).toMatch(client.denied);
      const sentence = `${agent}: pubsub.topics.delete is denied by policy.deny[1]`;
      expect(occurrences(remove?.message, sentence)).toBe(1);
      expect(outside?.error).toMatch(client.denied);
      expect(outside?.message).toContain('another-project');
    });
  });
});

test('the metadata server of a client is the agent’s placeholder', async () => {
  expect(pod.envOf(agent)['GCE_METADATA_HOST']).toBe('metadata.google.internal');
  const env = { ...withProxy(pod), GOOGLE_APPLICATION_CREDENTIALS: '' };
  const client = gcpClient('google-cloud-storage (Python)');
  const results = await client.run(
    pod,
    [
      { op: 'put', bucket, key: 'metadata', text: 'x' },
      { op: 'get', bucket, key: 'metadata' },
    ],
    { env },
  );
  expect(results.map(({ value, message }) => value ?? message)).toEqual([undefined, 'x']);
});

test('what agents held is not what the service was shown', () => {
  expect(google.calls.length).toBeGreaterThan(0);
  for (const { status, body } of google.calls) {
    expect(status).toBe(200);
    expect(body).not.toContain('pai-placeholder');
  }
});

test('no credential is in the audit log', () => {
  const log = pod.auditText();
  const key = account.privateKey.split('\n')[1] ?? '';
  for (const secret of [key, ...google.tokens.given]) expect(log).not.toContain(secret);
});
