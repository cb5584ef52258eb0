import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { loadCa } from '../../src/ca.ts';
import { canaries, type Rig } from './rig.ts';

const same = (bytes: Buffer): Buffer => bytes;

function method(name: string, requestStream: boolean, responseStream: boolean) {
  const codec = { requestSerialize: same, requestDeserialize: same };
  const answer = { responseSerialize: same, responseDeserialize: same };
  return { path: `/demo.Echo/${name}`, requestStream, responseStream, ...codec, ...answer };
}

const echoService = {
  unary: method('Unary', false, false),
  upload: method('Upload', true, false),
  download: method('Download', false, true),
  chat: method('Chat', true, true),
  fail: method('Fail', false, false),
  slow: method('Slow', false, false),
  forbidden: method('Forbidden', false, false),
} satisfies ServiceDefinition;

const EchoClient = makeGenericClientConstructor(echoService, 'demo.Echo');

/** What the service saw. */
export interface GrpcService {
  readonly port: number;
  /** File with the CA of its certificate. */
  readonly caFile: string;
  readonly authorizations: string[];
  readonly cancelled: string[];
  stop(): Promise<void>;
}

/** Starts the official server of Node behind TLS for `host`. */
export async function startGrpcService(host: string): Promise<GrpcService> {
  const ca = loadCa();
  const { cert, key } = ca.leafFor(host);
  const caFile = join(tmpdir(), `pai-grpc-${process.pid}-${Math.random().toString(36).slice(2)}.pem`);
  await writeFile(caFile, ca.certificatePem);
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const authorizations: string[] = [];
  const cancelled: string[] = [];
  const enter = (
    name: string,
    call: { metadata: Metadata; on(event: 'cancelled', on: () => void): unknown },
  ) => {
    authorizations.push(...call.metadata.get('authorization').map(String));
    call.on('cancelled', () => cancelled.push(name));
  };
  const unary: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    enter('unary', call);
    const trailer = new Metadata();
    trailer.set('x-seen-bin', Buffer.from([0, 255]));
    done(null, call.request, trailer);
  };
  const upload: handleClientStreamingCall<Buffer, Buffer> = (call, done) => {
    enter('upload', call);
    let size = 0;
    call.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    call.on('end', () => done(null, Buffer.from(String(size))));
  };
  const download: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    enter('download', call);
    for (let i = 0; i < Number(call.request.toString()); i += 1) call.write(Buffer.from(`part ${i}`));
    call.end();
  };
  const chat: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    enter('chat', call);
    call.on('data', (chunk: Buffer) => call.write(Buffer.concat([Buffer.from('re: '), chunk])));
    call.on('end', () => call.end());
    call.on('error', () => {});
  };
  const fail: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    enter('fail', call);
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([8, 5, 255]));
    done({ code: status.NOT_FOUND, details: 'no “thing” of 50 %', metadata });
  };
  const slow: handleUnaryCall<Buffer, Buffer> = (call) => enter('slow', call);
  server.addService(echoService, { unary, upload, download, chat, fail, slow, forbidden: unary });
  const port = await new Promise<number>((resolve, reject) => {
    const identity = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [identity]), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    caFile,
    authorizations,
    cancelled,
    async stop() {
      server.forceShutdown();
      await rm(caFile, { force: true });
    },
  };
}

/** An agent's client: it knows the sidecar's CA, its address, and the service's name. */
export function grpcClient({ sidecar }: Pick<Rig, 'sidecar'>, host: string) {
  const port = sidecar.addresses.listen[0]?.port ?? 0;
  return new EchoClient(
    `ipv4:127.0.0.1:${port}`,
    credentials.createSsl(Buffer.from(sidecar.ca.certificatePem)),
    {
      'grpc.ssl_target_name_override': host,
      'grpc.default_authority': host,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.enable_retries': 0,
    },
  );
}

/** What the service must have got with every call. */
export const expectedAuthorization = `Bearer ${canaries.api}`;
