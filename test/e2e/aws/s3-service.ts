import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import type { Ca } from '@pai/sidecar';
import { createContentWriter } from './content.ts';
import { type AwsKeys, madeUpKeys } from './keys.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import { createPayloadReader } from './payload.ts';
import { callS3, escapeXml, type S3Answer } from './s3-operations.ts';
import { elsewhere } from './s3-provider.ts';
import { type Refusal, type Signed, verifySignature } from './signature.ts';

/** One request, as the service saw it. */
export interface Seen {
  readonly method: string;
  readonly host: string;
  /** Path and query, untouched. */
  readonly target: string;
  readonly protocol: '1.1' | '2';
  /** `x-amz-content-sha256`: a hash is `hash`. */
  readonly payload: string;
  readonly isContinued: boolean;
  readonly size: number;
  /** The error's code, for what was refused. */
  readonly refused?: string;
  readonly reason?: string;
}

/** S3 at `us-east-1`, over HTTP/1.1 and HTTP/2, which takes nothing whose signature it cannot make itself. */
export interface S3Service {
  readonly port: number;
  readonly keys: AwsKeys;
  readonly store: ObjectStore;
  readonly seen: readonly Seen[];
  /** How many milliseconds its clock is ahead. */
  setClock(ahead: number): void;
  close(): Promise<void>;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const region = 'us-east-1';

/** Starts it. */
export async function startS3Service(ca: Ca): Promise<S3Service> {
  const keys = madeUpKeys('VRFY');
  const store = createObjectStore();
  const seen: Seen[] = [];
  let ahead = 0;
  const contexts = new Map<string, tls.SecureContext>();
  const contextOf = (name: string) => {
    const context = contexts.get(name) ?? tls.createSecureContext(ca.leafFor(name));
    contexts.set(name, context);
    return context;
  };
  const server = http2.createSecureServer({
    ...ca.leafFor('s3.amazonaws.com'),
    allowHTTP1: true,
    SNICallback: (name, done) => done(null, contextOf(name)),
    settings: { initialWindowSize: 4 << 20 },
  });
  const serve = async (request: Request, response: Response, isContinued: boolean) => {
    const { method = '', url: target = '' } = request;
    request.on('error', () => {});
    const host = String(request.headers[':authority'] ?? request.headers.host);
    const protocol = request.httpVersion === '2.0' ? '2' : '1.1';
    const note = { method, host, target, protocol, payload: '', isContinued, size: 0 } as const;
    const date = new Date(Date.now() + ahead);
    try {
      const headers = headerLines(request);
      const signed = verifySignature({ method, target, host, headers }, keys, date.getTime());
      if ('code' in signed) throw signed;
      checkScope(signed, host);
      if (isContinued) (response as ServerResponse).writeContinue();
      const { answer, size } = await answerS3(store, request, { target, host, headers, signed });
      const payload = /^[0-9a-f]{64}$/.test(signed.payload) ? 'hash' : signed.payload;
      seen.push({ ...note, payload, size });
      await send(response, answer, date, method);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      seen.push({ ...note, refused: error.code, reason: error.message });
      await send(response, refused(error, host), date, method);
      if (protocol === '1.1' && !request.complete) request.socket.destroySoon();
    }
  };
  const listen = (isContinued: boolean) => (request: Request, response: Response) =>
    void serve(request, response, isContinued).catch((error: Error) => request.destroy(error));
  server.on('request', listen(false));
  server.on('checkContinue', listen(true));
  // Over HTTP/2 also for rclone's `100-Continue`.
  server.on('checkExpectation', listen(true));
  server.on('sessionError', () => {});
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1', 1_000);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    keys,
    store,
    seen,
    setClock: (by) => {
      ahead = by;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Verified {
  readonly target: string;
  readonly host: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly signed: Signed;
}

async function answerS3(
  store: ObjectStore,
  request: Request,
  { target, host, headers: lines, signed }: Verified,
): Promise<{ answer: S3Answer; size: number }> {
  const headers = new Map(lines);
  const reader = createPayloadReader(signed, headers);
  const writer = createContentWriter();
  for await (const chunk of request as AsyncIterable<Buffer>)
    for (const bytes of reader.write(chunk)) writer.write(bytes);
  reader.end();
  const content = writer.end();
  const at = target.includes('?') ? target.indexOf('?') : target.length;
  const [, virtual] = /^(.+)\.s3[.-]/.exec(host) ?? [];
  const path = target.slice(1, at).replaceAll('+', ' ');
  const [bucket = '', ...rest] = virtual === undefined ? path.split('/') : [virtual, path];
  if (bucket === elsewhere.bucket) throw moved;
  if (bucket === elsewhere.newBucket) throw moving;
  const query = new URLSearchParams(target.slice(at + 1));
  query.delete('x-id');
  const key = decodeURIComponent(rest.join('/'));
  const answer = callS3(store, { method: request.method ?? '', bucket, key, query, headers, content });
  return { answer, size: content.size };
}

const moved: Refusal = {
  status: 301,
  code: 'PermanentRedirect',
  message: 'the bucket you are attempting to access must be addressed using the specified endpoint',
};

const moving: Refusal = {
  status: 307,
  code: 'TemporaryRedirect',
  message:
    'please re-send this request to the specified temporary endpoint; continue to use the original one',
};

function checkScope(signed: Signed, host: string): void {
  const [, of = region] = /s3[.-](?:dualstack\.)?([a-z]+-[a-z]+-\d)\./.exec(host) ?? [];
  if (signed.service === 's3' && signed.region === of) return;
  const message = `the scope is ${signed.region}/${signed.service}, of ${host}`;
  throw { status: 400, code: 'AuthorizationHeaderMalformed', message } satisfies Refusal;
}

function headerLines({ rawHeaders }: Request): [string, string][] {
  return rawHeaders.flatMap((name, i): [string, string][] => {
    const lower = name.toLowerCase();
    return i % 2 === 1 || lower.startsWith(':') || lower === 'host' ? [] : [[lower, rawHeaders[i + 1] ?? '']];
  });
}

const isRefusal = (error: unknown): error is Refusal =>
  typeof error === 'object' && error !== null && 'code' in error && 'status' in error;

function refused({ status, code, message }: Refusal, host: string): S3Answer {
  const isElsewhere = status === 301 || status === 307;
  const endpoint = host.replace(/\.s3\..*/, `.s3.${elsewhere.region}.amazonaws.com`);
  const where = isElsewhere ? `<Endpoint>${endpoint}</Endpoint>` : '';
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${where}<RequestId>E2E</RequestId><HostId>${host}</HostId></Error>`;
  const headers = {
    'content-type': 'application/xml',
    ...(isElsewhere && { 'x-amz-bucket-region': elsewhere.region }),
    ...(status === 307 && { location: `https://${endpoint}/` }),
  };
  return { status, headers, body };
}

async function send(response: Response, answer: S3Answer, date: Date, method: string): Promise<void> {
  const { status, headers = {}, body = '', object } = answer;
  const length = { 'content-length': `${Buffer.byteLength(body)}` };
  const own = { date: date.toUTCString(), server: 'AmazonS3', 'x-amz-request-id': 'E2E', ...length };
  const to = response as ServerResponse;
  to.writeHead(status, { ...own, ...headers });
  if (object === undefined) return void to.end(method === 'HEAD' ? '' : body);
  for (const piece of object.content.read(object.from, object.to))
    if (!to.write(piece)) await once(to, 'drain');
  to.end();
}
