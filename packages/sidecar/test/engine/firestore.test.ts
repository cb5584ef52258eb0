import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore, type QuerySnapshot } from '@google-cloud/firestore';
import {
  credentials,
  type handleBidiStreamingCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { defineProvider, headerInjector, parseHostPattern } from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { gcp } from '@pai/provider-gcp';
import { Type } from 'typebox';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import type { Plugins } from '../../src/plugins.ts';
import { canaries, type Rig, startRig } from './rig.ts';

const host = 'firestore.googleapis.com';
const documents = 'projects/p/databases/(default)/documents';

/** Google's judgement, with a credential that needs no token endpoint. */
const firestore = defineProvider({
  apiVersion: 'v1',
  type: 'firestore',
  spec: providerSpec({
    type: 'firestore',
    auth: Type.Object({ type: Type.Literal('bearer'), ...credentialFields }, { additionalProperties: false }),
    scope: Type.Object({ resources: Type.Array(Type.String()) }, { additionalProperties: false }),
  }),
  create: (spec, context) => {
    const auth = { type: 'gcp-service-account', secretRef: 'api-token' } as const;
    const scope = spec.scope && { scope: spec.scope };
    return {
      ...gcp.create({ type: 'gcp', auth, ...scope }, { ...context, isOffline: true }),
      hosts: [parseHostPattern(host)],
      inject: headerInjector('authorization', 'Bearer ', context.secrets.read('token')),
    };
  },
});
const plugins: Plugins = new Map([['firestore', async () => firestore]]);

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: firestore
  auth: {type: bearer, secretRef: api-token}
  policy: {allow: ["datastore.entities.*"]}
  scope: {resources: ["${documents}/rooms", "${documents}/rooms/*"]}
`;

const same = (bytes: Buffer): Buffer => bytes;
const service = {
  listen: {
    path: '/google.firestore.v1.Firestore/Listen',
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
} satisfies ServiceDefinition;

/** A field of a message: text or bytes, or a number (protobuf.dev, "Encoding"). */
function field(number: number, value: string | Buffer | number): Buffer {
  if (typeof value === 'number') return Buffer.from([number * 8, value]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);

/** google/firestore/v1/firestore.proto: a target is added, has one document, and is current. */
function answersTo(target: number): readonly Buffer[] {
  const now = field(6, message(field(1, 100)));
  const time = message(field(1, 90));
  const change = (type: number) =>
    field(2, message(field(1, type), field(2, target), field(4, 'token'), now));
  const title = message(field(1, 'size'), field(2, message(field(2, 7))));
  const found = message(field(1, `${documents}/rooms/a`), field(2, title), field(3, time), field(4, time));
  const sync = field(2, message(field(1, 0), field(4, 'token'), now));
  return [change(1), field(3, message(field(1, found), field(5, target))), change(3), sync];
}

/** What the service heard: the credential, then what each message holds. */
const heard: string[] = [];
const listen: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
  heard.push(String(call.metadata.get('authorization')));
  call.on('error', () => {});
  call.on('data', (request: Buffer) => {
    heard.push(request.toString('latin1'));
    for (const answer of answersTo(1)) call.write(answer);
  });
  call.on('end', () => call.end());
};

let rig: Rig;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  // The client looks for the machine's own credentials even where it has been given some.
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
  const ca = loadCa();
  const { cert, key } = ca.leafFor(host);
  const caFile = join(tmpdir(), `pai-firestore-${process.pid}-${Math.random().toString(36).slice(2)}.pem`);
  await writeFile(caFile, ca.certificatePem);
  ends.push(() => rm(caFile, { force: true }));
  const server = new Server();
  server.addService(service, { listen });
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
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const end of ends.reverse()) await end();
});
beforeEach(() => void heard.splice(0));

/** Google's own client, through the sidecar. */
function clientOf(database = '(default)'): Firestore {
  const client = new Firestore({
    projectId: 'p',
    databaseId: database,
    host: `127.0.0.1:${rig.sidecar.addresses.listen[0]?.port ?? 0}`,
    ssl: true,
    sslCreds: credentials.createSsl(Buffer.from(rig.sidecar.ca.certificatePem)),
    'grpc.ssl_target_name_override': host,
    'grpc.default_authority': host,
  });
  onTestFinished(() => client.terminate());
  return client;
}

test('onSnapshot hears what is in the scope', async () => {
  const client = clientOf();
  const snapshot = await new Promise<QuerySnapshot>((resolve, reject) => {
    const stop = client.collection('rooms').onSnapshot(resolve, reject);
    onTestFinished(stop);
  });
  expect(snapshot.docs.map((found) => [found.id, found.data()])).toEqual([['a', { size: 7 }]]);
  expect(heard[0]).toBe(`Bearer ${canaries.api}`);
  expect(heard[1]).toContain('rooms');
});

test.each([
  ['another collection', '(default)', 'users'],
  ['another database', 'other', 'rooms'],
])('onSnapshot of %s hears nothing, and neither does the service (K8)', async (_, database, collection) => {
  const snapshots: QuerySnapshot[] = [];
  const stop = clientOf(database)
    .collection(collection)
    .onSnapshot(
      (snapshot) => snapshots.push(snapshot),
      () => {},
    );
  // The client tries again for as long as somebody listens.
  const place = `//${host}/projects/p/databases/${database}/documents/${collection}`;
  const line = await vi.waitUntil(async () =>
    (await rig.auditSoFar()).find(({ resources }) => resources.includes(place)),
  );
  stop();
  expect(line).toMatchObject({
    decision: 'deny',
    rule: 'scope.resources',
    grpc_status: status.PERMISSION_DENIED,
  });
  expect([...snapshots, ...heard]).toEqual([]);
});
