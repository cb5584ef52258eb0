import {
  type CallOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectedAuthorization, type GrpcService, grpcClient, startGrpcService } from './grpc-service.ts';
import { type Rig, startRig } from './rig.ts';

const host = 'api.example.com';

const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: http-token
  host: ${host}
  auth: {type: bearer, secretRef: api-token}
  policy:
    httpRules:
      - {paths: ["/demo.Echo/Forbidden"], effect: deny}
      - {methods: [POST], paths: ["/demo.Echo/*"], effect: allow}
`;

let service: GrpcService;
let rig: Rig;
let client: ReturnType<typeof grpcClient>;
const ends: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  service = await startGrpcService(host);
  rig = await startRig(
    {
      providers: [provider],
      sidecar: {
        upstreamCa: service.caFile,
        overrides: new Map([[host, { address: '127.0.0.1', port: service.port }]]),
      },
    },
    (end) => void ends.push(end),
  );
  client = grpcClient(rig, host);
});
afterAll(async () => {
  client.close();
  for (const end of ends.reverse()) await end();
  await service.stop();
});
afterEach(() => {
  expect(service.authorizations.filter((text) => text !== expectedAuthorization)).toEqual([]);
  service.authorizations.length = 0;
  service.cancelled.length = 0;
});

type Unary = (
  request: Buffer,
  metadata: Metadata,
  options: CallOptions,
  done: (error: ServiceError | null, response?: Buffer) => void,
) => ClientUnaryCall;

/** Calls a method that takes one message and gives one. */
function callUnary(name: string, request: string | Buffer = 'x', options: CallOptions = {}) {
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer placeholder-of-the-agent');
  const trailers = Promise.withResolvers<Metadata>();
  let call: ClientUnaryCall | undefined;
  const answer = new Promise<Buffer>((resolve, reject) => {
    const method = (client as unknown as Record<string, Unary>)[name] as Unary;
    call = method.call(client, Buffer.from(request), metadata, options, (error, response) =>
      error === null ? resolve(response as Buffer) : reject(error),
    );
    call.on('status', (end) => trailers.resolve(end.metadata));
  });
  return { answer, trailers: trailers.promise, cancel: () => call?.cancel() };
}

const streaming = () =>
  client as unknown as {
    upload(done: (error: ServiceError | null, response?: Buffer) => void): ClientWritableStream<Buffer>;
    download(request: Buffer): ClientReadableStream<Buffer>;
    chat(): ClientDuplexStream<Buffer, Buffer>;
  };

describe('a call of an unmodified gRPC client', () => {
  test('with one message each way ends with its trailers, and is audited with its status', async () => {
    const { answer, trailers } = callUnary('unary', 'hello');
    expect((await answer).toString()).toBe('hello');
    expect((await trailers).get('x-seen-bin')).toEqual([Buffer.from([0, 255])]);
    expect(service.authorizations).toEqual([expectedAuthorization]);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ method: 'POST', path: '/demo.Echo/Unary', status: 200, grpc_status: 0 });
  });

  test('streams messages up', async () => {
    const size = await new Promise<string>((resolve, reject) => {
      const call = streaming().upload((error, response) =>
        error === null ? resolve(String(response)) : reject(error),
      );
      for (let i = 0; i < 200; i += 1) call.write(Buffer.alloc(1_000));
      call.end();
    });
    expect(size).toBe('200000');
    await rig.audit(1);
  });

  test('streams messages down', async () => {
    const parts: string[] = [];
    for await (const part of streaming().download(Buffer.from('300'))) parts.push(String(part));
    expect(parts).toEqual(Array.from({ length: 300 }, (_, i) => `part ${i}`));
    await rig.audit(1);
  });

  test('talks both ways, each message before the next', async () => {
    const call = streaming().chat();
    const heard: string[] = [];
    const answers = call[Symbol.asyncIterator]();
    for (const said of ['a', 'b', 'c']) {
      call.write(Buffer.from(said));
      heard.push(String((await answers.next()).value));
    }
    call.end();
    expect((await answers.next()).done).toBe(true);
    expect(heard).toEqual(['re: a', 're: b', 're: c']);
    await rig.audit(1);
  });

  test('fails as the service failed it: status, sentence and details', async () => {
    const error = (await callUnary('fail').answer.catch((thrown) => thrown)) as ServiceError;
    expect([error.code, error.details]).toEqual([status.NOT_FOUND, 'no “thing” of 50 %']);
    expect(error.metadata.get('grpc-status-details-bin')).toEqual([Buffer.from([8, 5, 255])]);
    expect((await rig.audit(1))[0]).toMatchObject({ status: 200, grpc_status: status.NOT_FOUND });
  });

  test('runs into its deadline, of which the service learns', async () => {
    const { answer } = callUnary('slow', 'x', { deadline: Date.now() + 300 });
    await expect(answer).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await vi.waitFor(() => expect(service.cancelled).toEqual(['slow']));
    await rig.audit(1);
  });

  test('is cancelled, of which the service learns at once', async () => {
    const { answer, cancel } = callUnary('slow');
    await vi.waitFor(() => expect(service.authorizations).toHaveLength(1));
    cancel();
    await expect(answer).rejects.toMatchObject({ code: status.CANCELLED });
    await vi.waitFor(() => expect(service.cancelled).toEqual(['slow']));
    expect((await rig.audit(1))[0]).toMatchObject({ error: 'agent_gone' });
  });

  test('carries 8 MiB each way', async () => {
    const message = Buffer.alloc(8 * 1024 * 1024, 'x');
    expect((await callUnary('unary', message).answer).equals(message)).toBe(true);
    const [event] = await rig.audit(1);
    expect(event?.bytes_in).toBe(message.length + 5);
    expect(event?.bytes_out).toBe(message.length + 5);
  });

  test('is one of a hundred at the same time, each with its own answer', async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `call ${i}`);
    const answers = await Promise.all(
      texts.map(async (text) => String(await callUnary('unary', text).answer)),
    );
    expect(answers).toEqual(texts);
    await rig.audit(100);
  });

  test('is denied by its path, as PERMISSION_DENIED with the sentence, and the service hears nothing', async () => {
    const error = (await callUnary('forbidden').answer.catch((thrown) => thrown)) as ServiceError;
    expect(error.code).toBe(status.PERMISSION_DENIED);
    expect(error.details).toMatch(/^api: POST "\/demo\.Echo\/Forbidden" is denied by policy\.httpRules\[0\]/);
    expect(error.metadata.get('x-pai-decision')).toEqual(['deny']);
    expect(service.authorizations).toEqual([]);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'deny', status: 200, grpc_status: 7, reason: error.details });
  });
});
