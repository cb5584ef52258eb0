import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientDuplexStream,
  credentials,
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {
  defineProvider,
  headerInjector,
  type Provider,
  type ProviderContext,
  parseHostPattern,
} from '@pai/core';
import { compileResourcePattern, createScope, credentialFields, providerSpec } from '@pai/policy';
import { type GcpSpec, gcp } from '@pai/provider-gcp';
import { Type } from 'typebox';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import type { Plugins } from '../../src/plugins.ts';
import { canaries, type Rig, startRig } from './rig.ts';

const host = 'pubsub.googleapis.com';
const mine = '//pubsub.googleapis.com/projects/p/subscriptions/mine';

const google: GcpSpec = {
  type: 'gcp',
  auth: { type: 'gcp-service-account', secretRef: 'api-token' },
  scope: { resources: ['*'] },
};

function judgement(context: ProviderContext): Required<Pick<Provider, 'resolve' | 'later'>> {
  const { resolve, later = () => undefined } = gcp.create(google, { ...context, isOffline: true });
  return { resolve, later };
}

/** Judges calls by what their messages name, and nothing else. */
const judging = defineProvider({
  apiVersion: 'v1',
  type: 'judging',
  spec: providerSpec({
    type: 'judging',
    auth: Type.Object({ type: Type.Literal('bearer'), ...credentialFields }, { additionalProperties: false }),
    scope: Type.Object({ resources: Type.Array(Type.String()) }, { additionalProperties: false }),
  }),
  create: (spec, context) => ({
    ...judgement(context),
    hosts: [parseHostPattern(host)],
    placeholders: { env: {} },
    credentialSlots: { headers: ['authorization'] },
    scope: createScope('scope.resources', spec.scope?.resources, compileResourcePattern),
    inject: headerInjector('authorization', 'Bearer ', context.secrets.read('token')),
  }),
});
const plugins: Plugins = new Map([['judging', async () => judging]]);

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: judging
  auth: {type: bearer, secretRef: api-token}
  policy: {allow: ["pubsub.subscriptions.consume", "pubsub.topics.publish"]}
  scope: {resources: ["${mine}", "//pubsub.googleapis.com/projects/p/topics/*"]}
`;

const same = (bytes: Buffer): Buffer => bytes;
const codec = {
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};
const pubsub = {
  streamingPull: {
    path: '/google.pubsub.v1.Subscriber/StreamingPull',
    requestStream: true,
    responseStream: true,
    ...codec,
  },
  publish: {
    path: '/google.pubsub.v1.Publisher/Publish',
    requestStream: false,
    responseStream: false,
    ...codec,
  },
} satisfies ServiceDefinition;

/** What the service saw, in order. */
const seen: string[] = [];
let rig: Rig;
const ends: (() => Promise<void> | void)[] = [];
let client: {
  streamingPull(metadata: Metadata, options: object): ClientDuplexStream<Buffer, Buffer>;
  publish(
    request: Buffer,
    metadata: Metadata,
    options: object,
    done: (error: ServiceError | null, response?: Buffer) => void,
  ): void;
  close(): void;
};

beforeAll(async () => {
  const ca = loadCa();
  const { cert, key } = ca.leafFor(host);
  const caFile = join(tmpdir(), `pai-judged-${process.pid}-${Math.random().toString(36).slice(2)}.pem`);
  await writeFile(caFile, ca.certificatePem);
  ends.push(() => rm(caFile, { force: true }));
  const server = new Server();
  server.addService(pubsub, { streamingPull, publish });
  const identity = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [identity]), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  ends.push(() => server.forceShutdown());
  const overrides = new Map([[host, { address: '127.0.0.1', port }]]);
  rig = await startRig(
    { providers: [provider], sidecar: { upstreamCa: caFile, overrides, plugins } },
    (end) => void ends.push(end),
  );
  const Client = makeGenericClientConstructor(pubsub, 'google.pubsub');
  client = new Client(
    `ipv4:127.0.0.1:${rig.sidecar.addresses.listen[0]?.port ?? 0}`,
    credentials.createSsl(Buffer.from(rig.sidecar.ca.certificatePem)),
    { 'grpc.ssl_target_name_override': host, 'grpc.default_authority': host, 'grpc.enable_retries': 0 },
  ) as unknown as typeof client;
});
afterAll(async () => {
  client.close();
  for (const end of ends.reverse()) await end();
});

beforeEach(() => void seen.splice(0));

/** Field 9 of a first message: the service reads on and says nothing. */
const silence = Buffer.from([0x4a, 0x00]);

const streamingPull: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
  seen.push(String(call.metadata.get('authorization')));
  call.on('data', (message: Buffer) => {
    if (message.subarray(-2).equals(silence)) return call.pause();
    return call.write(Buffer.concat([Buffer.from('got '), message]));
  });
  // Said of every stream that is over, also of one that ended well.
  call.on('cancelled', () => seen.push('cancelled'));
  call.on('error', () => {});
  call.on('end', () => {
    const trailers = new Metadata();
    trailers.set('x-seen', 'all');
    call.end(trailers);
  });
};

const publish: handleUnaryCall<Buffer, Buffer> = (call, done) => {
  seen.push(String(call.metadata.get('authorization')));
  done(null, call.request);
};

/** The first field of a message as text (protobuf.dev, "Encoding"). */
function first(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)]);
}

const subscription = first('projects/p/subscriptions/mine');
const acknowledgement = Buffer.from([0x12, 0x01, 0x61]);
const authorized = `Bearer ${canaries.api}`;

test('a stream that goes both ways is judged by its first message, while it is open, and streams on', async () => {
  const call = client.streamingPull(new Metadata(), { deadline: Date.now() + 10_000 });
  const end = new Promise<{ code: number; metadata: Metadata }>((resolve) => call.on('status', resolve));
  const answers = call[Symbol.asyncIterator]();
  for (const message of [subscription, acknowledgement, acknowledgement]) {
    call.write(message);
    const { value } = await answers.next();
    expect(Buffer.from(value).equals(Buffer.concat([Buffer.from('got '), message]))).toBe(true);
  }
  call.end();
  expect((await answers.next()).done).toBe(true);
  const { code, metadata } = await end;
  expect([code, metadata.get('x-seen')]).toEqual([status.OK, ['all']]);
  await vi.waitFor(() => expect(seen).toEqual([authorized, 'cancelled']));
  expect((await rig.audit(1))[0]).toMatchObject({ decision: 'allow', status: 200, grpc_status: 0 });
});

test('a stream ends at a later message that is denied, which the service does not get (K8)', async () => {
  const call = client.streamingPull(new Metadata(), { deadline: Date.now() + 10_000 });
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  const got: string[] = [];
  const answered = new Promise<void>((resolve) => {
    call.on('data', (answer: Buffer) => {
      got.push(answer.toString());
      resolve();
    });
  });
  call.write(subscription);
  await answered;
  call.write(first('projects/q/subscriptions/theirs'));
  call.write(acknowledgement);
  const { code, details } = await failed;
  expect(code).toBe(status.PERMISSION_DENIED);
  expect(details).toMatch(
    /^api: pubsub\.subscriptions\.consume is out of scope: .*projects\/q.*was ended before/,
  );
  expect(got).toEqual([`got ${subscription}`]);
  await vi.waitFor(() => expect(seen).toEqual([authorized, 'cancelled']));
  const [line] = await rig.audit(1);
  expect(line).toMatchObject({ decision: 'allow', error: 'request_denied', status: 200, grpc_status: 7 });
  expect(line?.reason).toBe(details);
});

test('a stream that is not answered yet is denied with the same sentence', async () => {
  const call = client.streamingPull(new Metadata(), { deadline: Date.now() + 10_000 });
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  call.resume();
  call.write(Buffer.concat([subscription, silence]));
  call.write(first('projects/q/subscriptions/theirs'));
  expect(await failed).toMatchObject({
    code: status.PERMISSION_DENIED,
    details: expect.stringMatching(/^api: pubsub\.subscriptions\.consume is out of scope/),
  });
  expect(await rig.audit(1)).toMatchObject([{ decision: 'allow', error: 'request_denied', grpc_status: 7 }]);
});

test('a stream that is judged takes no more than its service does', async () => {
  const call = client.streamingPull(new Metadata(), { deadline: Date.now() + 700 });
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  call.resume();
  call.write(Buffer.concat([subscription, silence]));
  const large = Buffer.concat([Buffer.from([0x12, 0x80, 0x80, 0x40]), Buffer.alloc(1_048_576)]);
  for (let i = 0; i < 64; i += 1) call.write(large);
  expect((await failed).code).toBe(status.DEADLINE_EXCEEDED);
  const [line] = await rig.audit(1);
  expect(line?.bytes_in).toBeGreaterThan(20);
  expect(line?.bytes_in).toBeLessThan(32 * 1_048_576);
});

test('a stream is denied by its first message, while it is open, and the service hears nothing (K8)', async () => {
  const call = client.streamingPull(new Metadata(), {});
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  call.resume();
  call.write(first('projects/q/subscriptions/theirs'));
  const { code, details } = await failed;
  expect(code).toBe(status.PERMISSION_DENIED);
  expect(details).toContain('//pubsub.googleapis.com/projects/q/subscriptions/theirs');
  expect(seen).toEqual([]);
  expect((await rig.audit(1))[0]).toMatchObject({ decision: 'deny', grpc_status: 7 });
});

test('a stream that is judged runs into its deadline, of which the service learns', async () => {
  const call = client.streamingPull(new Metadata(), { deadline: Date.now() + 400 });
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  call.resume();
  call.write(subscription);
  expect((await failed).code).toBe(status.DEADLINE_EXCEEDED);
  await vi.waitFor(() => expect(seen).toEqual([authorized, 'cancelled']));
  await rig.audit(1);
});

test('a call with one message is judged by it, and gets there whole', async () => {
  const call = (message: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      client.publish(message, new Metadata(), {}, (error, response) =>
        error === null ? resolve(response as Buffer) : reject(error),
      );
    });
  const message = Buffer.concat([
    first('projects/p/topics/t'),
    Buffer.from([0x12, 0x80, 0x80, 0x20]),
    Buffer.alloc(524_288),
  ]);
  expect((await call(message)).equals(message)).toBe(true);
  await expect(call(first('projects/q/topics/t'))).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
  await expect(
    call(Buffer.concat([first('projects/q/topics/t'), first('projects/p/topics/t')])),
  ).rejects.toThrow(/field 1 twice/);
  expect(seen).toEqual([authorized]);
  await rig.audit(3);
});
