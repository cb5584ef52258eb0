import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { createFrames } from '../../src/grpc/frames.ts';
import { frame } from './call.ts';
import { stream } from './stream.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message PullRequest { string subscription = 1; repeated string ack_ids = 2; int32 seconds = 5; string client = 6; }
  message WriteRequest { string database = 1; string stream_id = 2; repeated Write writes = 3; bytes token = 4; }
  message ListenRequest { string database = 1; oneof change { Target add = 2; int32 remove = 3; } map<string, string> labels = 4; }
  message Target { oneof kind { Query query = 2; Documents documents = 3; } bytes resume = 4; int32 id = 5; bool once = 6; }
  message Query { string parent = 1; Structured structured = 2; }
  message Structured { repeated From from = 2; int32 limit = 5; }
  message From { string collection = 2; bool all = 3; }
  message Documents { repeated string names = 2; }
`);
const Pull = root.lookupType('PullRequest');
const Listen = root.lookupType('ListenRequest');

const mine = 'projects/p/subscriptions/mine';
const database = 'projects/p/databases/d';
const documents = `${database}/documents`;

const pull = fc.record({
  subscription: fc.constantFrom('', '', '', mine, 'projects/p/subscriptions/theirs', 'mine'),
  ackIds: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
  seconds: fc.integer(),
});
const target = fc.record({
  id: fc.integer(),
  resume: fc.uint8Array({ maxLength: 5 }),
  query: fc.record({
    parent: fc.constantFrom(documents, `${documents}/rooms/a`, 'projects/q/databases/d/documents'),
    structured: fc.record({
      from: fc.array(
        fc.record({
          collection: fc.constantFrom('rooms', 'posts', 'users'),
          all: fc.constantFrom(false, false, true),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  }),
});
const listen = fc.oneof(
  fc.record({ database: fc.constantFrom(database, ''), add: target }),
  fc.record({
    database: fc.constantFrom(database, ''),
    add: fc.record({
      documents: fc.record({
        names: fc.array(
          fc.constantFrom(`${documents}/rooms/a`, `${documents}/rooms/a/posts/b`, `${documents}/users/u`),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    }),
  }),
  fc.record({ database: fc.constantFrom(database, '', 'projects/q/databases/d'), remove: fc.integer() }),
);

/** Cuts bytes at arbitrary places. */
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
function* cut(content: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < content.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield content.subarray(at, at + size);
    at += size;
  }
}

const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 });

/** What goes on of messages, the first of which is allowed, when `isAllowed` says so of each later one. */
async function expectSent<T extends object>(
  type: protobuf.Type,
  first: object,
  later: readonly T[],
  isAllowed: (message: T) => boolean,
  sending: (content: Buffer) => ReturnType<typeof stream>,
  zipped: readonly boolean[],
): Promise<void> {
  const frames = [first, ...later].map((value, i) => {
    const bytes = type.encode(type.fromObject(value)).finish();
    return zipped[i % zipped.length] === true ? frame(gzipSync(bytes), 1) : frame(bytes);
  });
  const { sent, error } = await sending(Buffer.concat(frames));
  const denied = later.findIndex(
    (value) => !isAllowed(type.toObject(type.decode(type.encode(type.fromObject(value)).finish())) as T),
  );
  const passed = denied === -1 ? frames : frames.slice(0, denied + 1);
  expect(error?.code).toBe(denied === -1 ? undefined : 'request_denied');
  expect(sent.equals(Buffer.concat(passed))).toBe(true);
}

test('a stream goes on to the first message that names another subscription, however it is cut and compressed', async () => {
  const parts = { policy: { allow: ['*'] }, scope: { resources: [mine] } };
  await fc.assert(
    fc.asyncProperty(fc.array(pull, { maxLength: 6 }), cuts, flags, (later, sizes, zipped) =>
      expectSent(
        Pull,
        { subscription: mine },
        later,
        ({ subscription }) => [undefined, '', mine].includes(subscription),
        (content) =>
          stream(parts, 'pubsub google.pubsub.v1.Subscriber/StreamingPull', cut(content, sizes), {
            'grpc-encoding': 'gzip',
          }),
        zipped,
      ),
    ),
    { numRuns: 100 },
  );
});

interface Listening {
  readonly database?: string;
  readonly add?: {
    readonly query?: {
      readonly parent: string;
      readonly structured: { readonly from: readonly { collection: string; all?: boolean }[] };
    };
    readonly documents?: { readonly names: readonly string[] };
  };
}

/** All that a message listens to is below the collection `rooms`. */
function isInRooms({ database: named = '', add }: Listening): boolean {
  if (add === undefined) return [database, ''].includes(named);
  const { query, documents: listed } = add;
  const places =
    query?.structured.from.map(({ collection, all }) =>
      all === true ? query.parent : `${query.parent}/${collection}`,
    ) ??
    listed?.names ??
    [];
  return places.every((place) => `${place}/`.startsWith(`${documents}/rooms/`));
}

test('a listener is added where all that it hears is in the scope (K8)', async () => {
  const parts = {
    policy: { allow: ['*'] },
    scope: { resources: [`${documents}/rooms`, `${documents}/rooms/*`] },
  };
  const first = {
    database,
    add: { query: { parent: documents, structured: { from: [{ collection: 'rooms' }] } } },
  };
  await fc.assert(
    fc.asyncProperty(fc.array(listen, { maxLength: 5 }), cuts, flags, (later, sizes, zipped) =>
      expectSent<Listening>(
        Listen,
        first,
        later as readonly Listening[],
        isInRooms,
        (content) =>
          stream(parts, 'firestore google.firestore.v1.Firestore/Listen', cut(content, sizes), {
            'grpc-encoding': 'gzip',
          }),
        zipped,
      ),
    ),
    { numRuns: 150 },
  );
});

test('frames are what was written, however they are cut', () => {
  const message = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), cuts, (messages, sizes) => {
      const frames = createFrames();
      const found = [...cut(Buffer.concat(messages.map((one) => frame(one))), sizes)].flatMap(frames.push);
      frames.end();
      expect(found.map((one) => one.message)).toEqual(messages.map((one) => Buffer.from(one)));
      expect(Buffer.concat(found.map((one) => one.bytes))).toEqual(
        Buffer.concat(messages.map((one) => frame(one))),
      );
    }),
  );
});
