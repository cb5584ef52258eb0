import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encode, type Fields, frame } from './call.ts';
import { stream } from './stream.ts';

const database = 'projects/p/databases/(default)';
const rooms = `${database}/documents/rooms`;
const write = 'firestore google.firestore.v1.Firestore/Write';
const listen = 'firestore google.firestore.v1.Firestore/Listen';
const pull = 'pubsub google.pubsub.v1.Subscriber/StreamingPull';
const append = 'bigquerystorage google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows';
const tail = 'logging google.logging.v2.LoggingServiceV2/TailLogEntries';
const upload = 'storage google.storage.v2.Storage/WriteObject';
const bidiUpload = 'storage google.storage.v2.Storage/BidiWriteObject';
const bidiRead = 'storage google.storage.v2.Storage/BidiReadObject';
const predict = 'aiplatform google.cloud.aiplatform.v1.PredictionService/StreamDirectPredict';

const everything = { policy: { allow: ['*'] } };
const scoped = (...resources: string[]) => ({ ...everything, scope: { resources } });
const ofProject = { ...everything, config: { project: 'p' } };

const query = (collection: string, parent = `${database}/documents`): Fields => ({
  2: { 1: parent, 2: { 2: [{ 2: collection }] } },
});
const add = (target: Fields, of = database): Fields => ({ 1: of, 2: target });
const put = (name: string, precondition: Fields = {}): Fields => ({ 1: { 1: name }, 4: precondition });
const table = 'projects/p/datasets/d/tables/t';
const object = (name: string, bucket = 'mine'): Fields => ({
  1: { 1: name, 2: `projects/_/buckets/${bucket}` },
});
const bytes = Buffer.alloc(100, 7);

interface Case {
  readonly path: string;
  readonly parts: Parameters<typeof stream>[0];
  readonly messages: readonly Fields[];
}

describe('a stream goes on to its end whose later messages', () => {
  test.each<[string, Case]>([
    [
      'add and remove listeners within the scope',
      {
        path: listen,
        parts: scoped(`${database}/documents/rooms*`),
        messages: [
          add(query('rooms')),
          add({ 3: { 2: [`${rooms}/a`] } }),
          { 1: database, 3: bytes.subarray(0, 0) },
          { 2: query('posts', `${rooms}/a`) },
        ],
      },
    ],
    [
      'write documents within the scope',
      {
        path: write,
        parts: scoped(database, `${rooms}/*`),
        messages: [
          { 1: database },
          { 2: [put(`${rooms}/a`)] },
          { 1: database, 2: [{ 2: `${rooms}/b` }], 4: bytes },
        ],
      },
    ],
    [
      'acknowledge, and name the subscription again',
      {
        path: pull,
        parts: scoped('projects/p/subscriptions/mine'),
        messages: [
          { 1: 'projects/p/subscriptions/mine' },
          { 2: ['a', 'b'] },
          {},
          { 1: 'projects/p/subscriptions/mine' },
        ],
      },
    ],
    [
      'append rows to the same stream, or another one of the scope',
      {
        path: append,
        parts: scoped(`${table}/*`),
        messages: [{ 1: `${table}/streams/s`, 4: bytes }, { 4: bytes }, { 1: `${table}/_default`, 4: bytes }],
      },
    ],
    [
      'go on with the data of an object',
      {
        path: upload,
        parts: scoped('projects/_/buckets/mine/objects/a/*'),
        messages: [{ 2: object('a/b') }, { 4: { 1: bytes } }],
      },
    ],
    [
      'go on with the data of an object that is read for its state',
      {
        path: bidiUpload,
        parts: scoped('projects/_/buckets/mine/objects/*'),
        messages: [{ 11: { 1: 'projects/_/buckets/mine', 2: 'o' } }, { 4: { 1: bytes }, 7: true }],
      },
    ],
    [
      'ask for other ranges of the object',
      {
        path: bidiRead,
        parts: scoped('projects/_/buckets/mine/objects/o'),
        messages: [{ 1: { 1: 'projects/_/buckets/mine', 2: 'o' } }, { 8: {} }],
      },
    ],
    [
      'narrow the logs of the project',
      { path: tail, parts: ofProject, messages: [{ 1: ['projects/p'] }, { 2: 'severity>=ERROR' }] },
    ],
    [
      'name nothing, of an API whose stream has no rules of its own',
      { path: predict, parts: ofProject, messages: [{ 1: 'projects/p/locations/l/endpoints/e' }, { 2: {} }] },
    ],
    [
      'name others, with no scope',
      {
        path: listen,
        parts: everything,
        messages: [
          add(query('rooms')),
          add(query('x', 'projects/q/databases/d/documents'), 'projects/q/databases/d'),
        ],
      },
    ],
  ])('%s', async (_, { path, parts, messages }) => {
    const content = messages.map((message) => frame(encode(message)));
    const { sent, error } = await stream(parts, path, content);
    expect(error).toBeUndefined();
    expect(sent.equals(Buffer.concat(content))).toBe(true);
  });
});

describe('a stream ends before the message (K8) that', () => {
  const elsewhere = 'projects/q/databases/d';
  test.each<[string, Case, RegExp]>([
    [
      'listens to another database (Firestore Listen)',
      {
        path: listen,
        parts: scoped(`${database}/*`),
        messages: [add(query('rooms')), add(query('rooms', `${elsewhere}/documents`), elsewhere)],
      },
      /datastore\.entities\.get is out of scope: .*projects\/q\/databases\/d/,
    ],
    [
      'listens to another database than it says',
      {
        path: listen,
        parts: scoped('projects/*'),
        messages: [add(query('rooms')), add(query('rooms', `${elsewhere}/documents`))],
      },
      /a document of another database than its own/,
    ],
    [
      'listens to another database than the first says, and says none',
      {
        path: listen,
        parts: scoped('projects/*'),
        messages: [add(query('rooms')), { 2: { 3: { 2: [`${elsewhere}/documents/a/b`] } } }],
      },
      /a document of another database than its own/,
    ],
    [
      'listens to all of the database',
      {
        path: listen,
        parts: scoped(`${rooms}*`),
        messages: [add(query('rooms')), add({ 2: { 1: `${database}/documents`, 2: {} } })],
      },
      /out of scope/,
    ],
    [
      'adds a target of a kind that is not known',
      { path: listen, parts: scoped('projects/*'), messages: [add(query('rooms')), add({ 13: {} })] },
      /out of scope/,
    ],
    [
      'adds a target and removes one',
      {
        path: listen,
        parts: scoped('projects/*'),
        messages: [add(query('rooms')), { 1: database, 2: query('rooms'), 3: true }],
      },
      /a target to add and one to remove/,
    ],
    [
      'removes a target of another database',
      {
        path: listen,
        parts: scoped(`${database}/*`),
        messages: [add(query('rooms')), { 1: elsewhere, 3: true }],
      },
      /datastore\.databases\.get is out of scope/,
    ],
    [
      'deletes, where only creating is allowed',
      {
        path: write,
        parts: { policy: { allow: ['datastore.databases.get', 'datastore.entities.create'] } },
        messages: [{ 1: database }, { 2: [put(`${rooms}/a`, { 1: false })] }, { 2: [{ 2: `${rooms}/a` }] }],
      },
      /datastore\.entities\.delete is not allowed/,
    ],
    [
      'deletes, which is denied',
      {
        path: write,
        parts: { policy: { allow: ['*'], deny: ['*.delete'] } },
        messages: [{ 1: database }, { 2: [put(`${rooms}/a`), { 2: `${rooms}/a` }] }],
      },
      /datastore\.entities\.delete is denied/,
    ],
    [
      'writes another document than the scope has',
      {
        path: write,
        parts: scoped(database, `${rooms}/*`),
        messages: [{ 1: database }, { 2: [put(`${database}/documents/users/u`)] }],
      },
      /out of scope: .*users\/u/,
    ],
    [
      'pulls from another subscription',
      {
        path: pull,
        parts: scoped('projects/p/subscriptions/mine'),
        messages: [
          { 1: 'projects/p/subscriptions/mine' },
          { 2: 'a' },
          { 1: 'projects/p/subscriptions/theirs' },
        ],
      },
      /out of scope: .*theirs/,
    ],
    [
      'pulls from what is no subscription',
      {
        path: pull,
        parts: scoped('projects/p/*'),
        messages: [{ 1: 'projects/p/subscriptions/mine' }, { 1: 'projects/p' }],
      },
      /out of scope/,
    ],
    [
      'pulls from two subscriptions',
      {
        path: pull,
        parts: scoped('projects/p/*'),
        messages: [
          { 1: 'projects/p/subscriptions/mine' },
          { 1: ['projects/p/subscriptions/mine', 'projects/p/subscriptions/theirs'] },
        ],
      },
      /field 1 twice/,
    ],
    [
      'appends rows to a table of another project',
      {
        path: append,
        parts: ofProject,
        messages: [{ 1: `${table}/streams/s` }, { 1: 'projects/q/datasets/d/tables/t/streams/s' }],
      },
      /projects\/q.*config\.project/,
    ],
    [
      'tails the logs of another project',
      {
        path: tail,
        parts: ofProject,
        messages: [{ 1: ['projects/p'] }, { 1: ['projects/p', 'projects/q'] }],
      },
      /config\.project/,
    ],
    [
      'uploads another object',
      {
        path: upload,
        parts: scoped('projects/_/buckets/mine/objects/a/*'),
        messages: [{ 2: object('a/b') }, { 2: object('c') }],
      },
      /out of scope: .*objects\/c/,
    ],
    [
      'goes on with another upload',
      {
        path: upload,
        parts: scoped('projects/_/buckets/mine/objects/*'),
        messages: [{ 2: object('o') }, { 1: 'id' }],
      },
      /out of scope/,
    ],
    [
      'changes who may read the object, without its name',
      {
        path: upload,
        parts: scoped('projects/_/buckets/mine/objects/*'),
        messages: [{ 2: object('o') }, { 2: { 7: 'publicRead' } }],
      },
      /out of scope/,
    ],
    [
      'reads another object',
      {
        path: bidiRead,
        parts: scoped('projects/_/buckets/mine/objects/o'),
        messages: [
          { 1: { 1: 'projects/_/buckets/mine', 2: 'o' } },
          { 1: { 1: 'projects/_/buckets/mine', 2: 'secret' }, 8: {} },
        ],
      },
      /out of scope: .*secret/,
    ],
  ])('%s', async (_, { path, parts, messages }, why) => {
    const content = messages.map((message) => frame(encode(message)));
    const { sent, error, event } = await stream(parts, path, content);
    expect(error?.message).toMatch(why);
    expect(error?.code).toBe('request_denied');
    expect(event.decision).toBe('allow');
    expect(sent.equals(Buffer.concat(content.slice(0, -1)))).toBe(true);
  });

  const first = frame(encode({ 1: 'projects/p/subscriptions/mine' }));
  const theirs = encode({ 1: 'projects/p/subscriptions/theirs' });
  test.each<[string, Buffer, string, RegExp]>([
    ['is compressed (gzip)', frame(gzipSync(theirs), 1), 'gzip', /out of scope: .*theirs/],
    ['is compressed (deflate)', frame(deflateSync(theirs), 1), 'deflate', /out of scope: .*theirs/],
    ['is compressed in a way that is not known', frame(theirs, 1), 'br', /compressed as \S*br/],
    ['is not what it is compressed as', frame(theirs, 1), 'gzip', /gzip/],
    ['has other flags', frame(encode({}), 2), 'gzip', /flags 2/],
    ['is no message', frame(Buffer.from([0x0f])), 'gzip', /wire type 7|field/],
    ['is too long to be read', frame(Buffer.alloc(16 * 1024 * 1024)), 'gzip', /out of scope/],
  ])('%s', async (_, later, encoding, why) => {
    const parts = scoped('projects/p/subscriptions/mine');
    const sending = stream(parts, pull, [first, later], { 'grpc-encoding': encoding });
    const { sent, error } = await sending;
    expect(error).toMatchObject({ code: 'request_denied', message: expect.stringMatching(why) });
    expect(sent.equals(first)).toBe(true);
  });

  test('does not come to its end', async () => {
    const { sent, error } = await stream(everything, pull, [first, first.subarray(0, -1)]);
    expect(error).toMatchObject({ code: 'malformed_request' });
    expect(sent.equals(first)).toBe(true);
  });
});

test('a message that is too long to be read goes on in pieces where no scope has to hold it', async () => {
  const first = frame(encode({ 2: object('o') }));
  const long = frame(Buffer.alloc(17 * 1024 * 1024, 1));
  const { sent, error } = await stream(everything, upload, [first, long, first]);
  expect(error).toBeUndefined();
  expect(sent.equals(Buffer.concat([first, long, first]))).toBe(true);
});

test('in audit mode what a stream asks for later goes on, and the line says what was denied', async () => {
  const parts = { policy: { allow: ['datastore.databases.get'] }, enforcement: 'audit' as const };
  const content = [{ 1: database }, { 2: [{ 2: `${rooms}/a` }] }].map((message) => frame(encode(message)));
  const { sent, error, event } = await stream(parts, write, content);
  expect(error).toBeUndefined();
  expect(sent.equals(Buffer.concat(content))).toBe(true);
  expect(event).toMatchObject({
    decision: 'audit',
    message: expect.stringMatching(/^AUDIT \(not blocked\): .*datastore\.entities\.delete/),
    actions: ['datastore.databases.get', 'datastore.entities.delete'],
  });
});

test('the line of a stream names what its later messages did, up to a number', async () => {
  const messages = Array.from({ length: 300 }, (_, i) => ({ 2: [{ 2: `${rooms}/${i}` }] }));
  const content = [{ 1: database }, ...messages].map((message) => frame(encode(message)));
  const { event } = await stream(everything, write, content);
  expect(event.actions).toEqual(['datastore.databases.get', 'datastore.entities.delete']);
  expect(event.resources).toHaveLength(200);
  expect(event.resources[1]).toBe(`//firestore.googleapis.com/${rooms}/0`);
});
