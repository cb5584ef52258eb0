import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { isPaiError, type Resolution } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { actionsOf, encode, frame, resolveBytes, spell } from './call.ts';

const host = 'pubsub.googleapis.com';
const publish = '/google.pubsub.v1.Publisher/Publish';
const pull = '/google.pubsub.v1.Subscriber/StreamingPull';
const topic = encode({ 1: 'projects/p/topics/t' });
const other = encode({ 1: 'projects/q/topics/t' });
const named = 'pubsub.topics.publish //pubsub.googleapis.com/projects/p/topics/t';

/** Why a call is not judged, or its actions. */
async function outcome(resolution: Promise<Resolution>): Promise<string> {
  try {
    return spell(await resolution).join(', ');
  } catch (thrown) {
    if (isPaiError(thrown)) return thrown.message;
    throw thrown;
  }
}

describe('a message with two readings is refused (K8)', () => {
  test.each<readonly [what: string, message: Buffer, why: RegExp]>([
    ['the name twice', Buffer.concat([topic, other]), /field 1 twice/],
    ['the name twice, the second one empty', Buffer.concat([topic, Buffer.from([0x0a, 0])]), /field 1 twice/],
    ['the name as a number', Buffer.from([0x08, 1]), /another type/],
    ['the name as a number, then as text', Buffer.concat([Buffer.from([0x08, 1]), topic]), /another type/],
    ['the name as fixed bytes', Buffer.from([0x0d, 1, 2, 3, 4]), /another type/],
    ['a name that is not UTF-8', Buffer.from([0x0a, 2, 0xc0, 0x80]), /not UTF-8/],
    ['a name with half a surrogate pair', Buffer.from([0x0a, 3, 0xed, 0xa0, 0x80]), /not UTF-8/],
    ['a tag written longer than it is', Buffer.from([0x8a, 0x00, 1, 0x61]), /proper number/],
    ['a tag of more than 32 bits', Buffer.from([0x8a, 0x80, 0x80, 0x80, 0x10, 1, 0x61]), /32 bits/],
    ['a tag that does not end', Buffer.from([0x8a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), /does not end/],
    ['the field 0', Buffer.from([0x02, 1, 0x61]), /proper number/],
    [
      'a group around the name',
      Buffer.concat([Buffer.from([0x1b]), topic, Buffer.from([0x1c])]),
      /wire type 3/,
    ],
    ['the end of a group', Buffer.concat([topic, Buffer.from([0x1c])]), /wire type 4/],
    ['a wire type that is none', Buffer.from([0x0e]), /wire type 6/],
    ['another wire type that is none', Buffer.from([0x0f]), /wire type 7/],
    ['a field that is cut off', topic.subarray(0, -1), /ends within/],
    ['a tag that is cut off', Buffer.concat([topic, Buffer.from([0x80])]), /ends within/],
    ['a length of 4 GiB', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), /ends within/],
    ['a length of more than 32 bits', Buffer.from([0x0a, 0x81, 0x80, 0x80, 0x80, 0x10, 0x61]), /32 bits/],
    ['a number of more than 64 bits', Buffer.from([0x18, ...Array(9).fill(0xff), 0x02]), /64 bits/],
    ['a number that does not end', Buffer.from([0x18, ...Array(11).fill(0xff)]), /does not end/],
  ])('%s', async (_, message, why) => {
    expect(await outcome(resolveBytes(host, publish, frame(message)))).toMatch(why);
  });

  test('a message inside it twice, which decoders merge', async () => {
    const one = encode({ 1: { 1: 'projects/p/topics/t' } });
    const message = Buffer.concat([one, encode({ 1: { 2: 'x' } })]);
    expect(
      await outcome(resolveBytes(host, '/google.pubsub.v1.Publisher/UpdateTopic', frame(message))),
    ).toMatch(/field 1 twice/);
  });

  const database = 'projects/p/databases/(default)';
  test.each<readonly [what: string, api: string, method: string, message: Buffer]>([
    [
      'a write of two kinds',
      'firestore',
      'google.firestore.v1.Firestore/Commit',
      encode({ 1: database, 2: [{ 1: { 1: `${database}/documents/a/b` }, 2: `${database}/documents/c/d` }] }),
    ],
    [
      'a write of no kind that is known',
      'firestore',
      'google.firestore.v1.Firestore/Commit',
      encode({ 1: database, 2: [{ 5: 'x' }] }),
    ],
    [
      'a write to another database',
      'firestore',
      'google.firestore.v1.Firestore/Commit',
      encode({ 1: database, 2: [{ 2: 'projects/q/databases/(default)/documents/a/b' }] }),
    ],
    [
      'a precondition of two kinds',
      'firestore',
      'google.firestore.v1.Firestore/Commit',
      encode({ 1: database, 2: [{ 1: { 1: `${database}/documents/a/b` }, 4: { 1: true, 2: {} } }] }),
    ],
    [
      'a precondition that is 2',
      'firestore',
      'google.firestore.v1.Firestore/UpdateDocument',
      Buffer.concat([encode({ 1: { 1: `${database}/documents/a/b` } }), Buffer.from([0x22, 2, 0x08, 2])]),
    ],
    [
      'a mutation of two kinds',
      'datastore',
      'google.datastore.v1.Datastore/Commit',
      encode({ 8: 'p', 6: [{ 4: {}, 7: {} }] }),
    ],
    [
      'a key of another project',
      'datastore',
      'google.datastore.v1.Datastore/Lookup',
      encode({ 8: 'p', 3: [{ 1: { 2: 'q' } }] }),
    ],
    [
      'a key of another database',
      'datastore',
      'google.datastore.v1.Datastore/Lookup',
      encode({ 8: 'p', 3: [{ 1: { 3: 'other' } }] }),
    ],
    [
      'a transaction of two kinds',
      'spanner',
      'google.spanner.v1.Spanner/BeginTransaction',
      encode({ 1: 'projects/p/instances/i/databases/d/sessions/s', 2: { 1: {}, 2: {} } }),
    ],
    [
      'a selector of two kinds',
      'spanner',
      'google.spanner.v1.Spanner/Read',
      encode({ 1: 'projects/p/instances/i/databases/d/sessions/s', 2: { 2: 'tx', 3: {} } }),
    ],
  ])('%s', async (_, api, method, message) => {
    expect(await outcome(resolveBytes(`${api}.googleapis.com`, `/${method}`, frame(message)))).toMatch(
      /^the message has /,
    );
  });
});

describe('a name counts only where the proto has it', () => {
  test.each<readonly [what: string, message: Buffer]>([
    [
      'beside fields that no proto knows',
      Buffer.concat([encode({ 900: 'projects/q/topics/t', 77: { 1: 'x' } }), topic]),
    ],
    [
      'beside the name of another in what is published',
      Buffer.concat([topic, encode({ 2: [{ 1: other, 2: { 1: 'projects/q' } }] })]),
    ],
    [
      'with a length written longer than it is',
      Buffer.concat([Buffer.from([0x0a, 0x93, 0x80, 0x00]), topic.subarray(2)]),
    ],
  ])('%s', async (_, message) => {
    expect(await actionsOf(host, publish, message)).toEqual([named]);
  });
});

describe('content that is not one gRPC message is refused', () => {
  test.each<readonly [what: string, body: Buffer, why: RegExp]>([
    ['none', Buffer.alloc(0), /no message/],
    ['a cut prefix', frame(topic).subarray(0, 4), /no message/],
    ['a cut message', frame(topic).subarray(0, -1), /ends within/],
    ['two messages', Buffer.concat([frame(topic), frame(other)]), /more than one message/],
    ['bytes after it', Buffer.concat([frame(topic), Buffer.from([0])]), /more than one message/],
    ['flags that are none', frame(topic, 2), /flags 2/],
    ['the flag of grpc-web’s trailers', frame(topic, 0x80), /flags 128/],
    ['a compressed message without an encoding', frame(gzipSync(topic), 1), /cannot be judged/],
  ])('%s', async (_, body, why) => {
    expect(await outcome(resolveBytes(host, publish, body))).toMatch(why);
  });

  test.each<readonly [encoding: string, content: Buffer, expected: string | RegExp]>([
    ['gzip', gzipSync(topic), named],
    ['deflate', deflateSync(topic), named],
    ['deflate', deflateRawSync(topic), /zlib format/],
    ['gzip', Buffer.concat([gzipSync(topic), gzipSync(other)]), /gzip/],
    ['gzip', topic, /gzip/],
    ['deflate', Buffer.concat([deflateSync(topic), other]), /goes on/],
    ['identity', topic, /cannot be judged/],
    ['snappy', topic, /compressed as "snappy"/],
    ['gzip, gzip', gzipSync(topic), /cannot be judged/],
    ['GZIP', gzipSync(topic), /cannot be judged/],
  ])('compressed as %s', async (encoding, content, expected) => {
    const found = await outcome(
      resolveBytes(host, publish, frame(content, 1), { 'grpc-encoding': encoding }),
    );
    if (typeof expected === 'string') expect(found).toBe(expected);
    else expect(found).toMatch(expected);
  });

  test('an encoding says nothing of a message without the flag', async () => {
    expect(await outcome(resolveBytes(host, publish, frame(topic), { 'grpc-encoding': 'gzip' }))).toBe(named);
  });

  test('a message that is too long, before or after it is decoded, is on what cannot be told', async () => {
    const bomb = frame(gzipSync(Buffer.alloc(20 * 1024 * 1024)), 1);
    expect(await outcome(resolveBytes(host, publish, bomb, { 'grpc-encoding': 'gzip' }))).toBe(
      'pubsub.topics.publish *',
    );
    const long = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), topic]);
    expect(await outcome(resolveBytes(host, publish, long))).toBe('pubsub.topics.publish *');
    const path = '/google.firestore.v1.Firestore/Commit';
    expect(await outcome(resolveBytes('firestore.googleapis.com', path, long))).toBe(
      'datastore.entities.create *, datastore.entities.update *, datastore.entities.delete *',
    );
  });
});

describe('a request that is no plain gRPC call is not judged', () => {
  test.each<
    readonly [what: string, path: string, headers: Record<string, string>, changed: object, why: RegExp]
  >([
    ['over HTTP/1.1', publish, {}, { protocol: 'h1' }, /HTTP\/2/],
    ['with another method', publish, {}, { method: 'PUT' }, /HTTP\/2/],
    ['with a query', `${publish}?$alt=json`, {}, {}, /no query/],
    ['with an empty query', `${publish}?`, {}, {}, /no query/],
    ['with a method override', publish, { 'x-http-method-override': 'GET' }, {}, /x-http-method-override/],
    ['with a content-encoding', publish, { 'content-encoding': 'gzip' }, {}, /content-encoding/],
    ['in JSON', publish, { 'content-type': 'application/grpc+json' }, {}, /cannot be judged/],
    [
      'of another host’s service',
      '/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion',
      {},
      {},
      /no gRPC method of pubsub/,
    ],
    ['of a service that is none', '/google.pubsub.v9.Publisher/Publish', {}, {}, /no gRPC method of pubsub/],
    [
      'of a service in another case',
      '/google.pubsub.v1.publisher/Publish',
      {},
      {},
      /no gRPC method of pubsub/,
    ],
    [
      'with an escape in its path',
      '/google.pubsub.v1.Publisher/Publis%68',
      {},
      {},
      /no gRPC method of pubsub/,
    ],
    [
      'with a path of three parts',
      '/google.pubsub.v1.Publisher/Publish/',
      {},
      {},
      /no gRPC method of pubsub/,
    ],
    ['with the name of an object’s own member', '/constructor/toString', {}, {}, /no gRPC method of pubsub/],
  ])('%s', async (_, path, headers, changed, why) => {
    expect(await outcome(resolveBytes(host, path, frame(topic), headers, changed))).toMatch(why);
  });

  test('at a host that has no gRPC services', async () => {
    expect(await outcome(resolveBytes('compute.googleapis.com', publish, frame(topic)))).toMatch(
      /no gRPC method of compute/,
    );
  });
});

describe('a stream', () => {
  test('is on what its first message names; later ones are judged when they come', async () => {
    const first = frame(encode({ 1: 'projects/p/subscriptions/s' }));
    const later = frame(encode({ 1: 'projects/q/subscriptions/s' }));
    expect(await outcome(resolveBytes(host, pull, Buffer.concat([first, later])))).toBe(
      'pubsub.subscriptions.consume //pubsub.googleapis.com/projects/p/subscriptions/s',
    );
    expect(await outcome(resolveBytes(host, pull, frame(encode({ 1: '' }))))).toBe(
      'pubsub.subscriptions.consume *',
    );
    expect(await outcome(resolveBytes(host, pull, Buffer.alloc(0)))).toMatch(/no message/);
  });

  test.each([
    ['bigtable', 'google.bigtable.v2.Bigtable/OpenTable'],
    ['speech', 'google.cloud.speech.v1.Speech/StreamingRecognize'],
    ['pubsublite', 'google.cloud.pubsublite.v1.PublisherService/Publish'],
  ])(
    'of %s whose messages name nothing that can be read is on what cannot be told, before any has come',
    async (api, method) => {
      const actions = await outcome(resolveBytes(`${api}.googleapis.com`, `/${method}`, Buffer.alloc(0)));
      for (const action of actions.split(', ')) expect(action).toMatch(/^[\w.]+ \*$/);
    },
  );
});

test('a name that is longer than any is none', async () => {
  const message = encode({ 1: `projects/p${'/a'.repeat(2_000_000)}` });
  expect(await actionsOf(host, '/google.iam.v1.IAMPolicy/SetIamPolicy', message)).toEqual([
    'pubsub.resources.setIamPolicy *',
  ]);
  const document = encode({ 1: `projects/p/databases/d/documents${'/a'.repeat(2_000_000)}` });
  const found = await actionsOf(
    'firestore.googleapis.com',
    '/google.firestore.v1.Firestore/RunQuery',
    document,
  );
  expect(found).toEqual(['datastore.entities.get *', 'datastore.entities.list *']);
});
