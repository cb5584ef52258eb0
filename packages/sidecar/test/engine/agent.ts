import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import { readMessage, type StrictMessage } from './strict-message.ts';

/** A connection that is talked on byte by byte. */
export interface Line {
  readonly socket: Duplex;
  send(text: string | Buffer): void;
  /** The next whole response, or what of it came before the connection ended; undefined when nothing came. */
  response(method?: string): Promise<(StrictMessage & { readonly status: number }) | undefined>;
  /** Everything until the connection ends. */
  rest(): Promise<Buffer>;
  readonly isClosed: () => boolean;
}

/** Speaks over a socket, and destroys it with the test. */
export function createLine(socket: Duplex): Line {
  let bytes: Buffer = Buffer.alloc(0);
  let isClosed = false;
  let wake = Promise.withResolvers<void>();
  const stir = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const close = () => {
    isClosed = true;
    stir();
  };
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    stir();
  });
  socket.on('error', close).on('end', close).on('close', close);
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    send: (text) => void socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
    async response(method = 'GET') {
      for (;;) {
        const read = readMessage(bytes, { kind: 'response', method, hasEnded: isClosed });
        if (read !== undefined) {
          bytes = read.rest;
          return { ...read.message, status: Number(read.message.startLine.split(' ')[1]) };
        }
        if (isClosed) return undefined;
        await wake.promise;
      }
    },
    async rest() {
      while (!isClosed) await wake.promise;
      return bytes;
    },
    isClosed: () => isClosed,
  };
}

/** What a TLS client says of itself. */
export interface TlsOptions {
  readonly ca: string;
  readonly servername?: string;
  readonly alpn?: readonly string[];
}

/** TLS over `socket`, once the handshake is done. */
export async function secure(socket: Socket, { ca, servername, alpn = ['http/1.1'] }: TlsOptions) {
  const secured = tls.connect({
    socket,
    ca,
    ALPNProtocols: [...alpn],
    ...(servername !== undefined && { servername }),
    checkServerIdentity: (_name, certificate) =>
      servername === undefined ? undefined : tls.checkServerIdentity(servername, certificate),
  });
  onTestFinished(() => void secured.destroy());
  await once(secured, 'secureConnect');
  return secured;
}

/** A TCP connection to loopback. */
export async function dial(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A request in parts, for either protocol. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
}

/** A response in parts, from either protocol. */
export interface Got {
  readonly status: number;
  /** Lower-case names to values, in order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Sends a request as HTTP/1.1 and reads the answer. */
export async function askH1(line: Line, authority: string, ask: Ask): Promise<Got> {
  const { method = 'GET', path = '/', headers = [], body } = ask;
  const fields = [['Host', ask.authority ?? authority], ...headers];
  if (body !== undefined) fields.push(['Content-Length', String(Buffer.byteLength(body))]);
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  line.send(`${method} ${path} HTTP/1.1\r\n${head}\r\n`);
  if (body !== undefined) line.send(Buffer.from(body));
  const response = await line.response(method);
  if (response === undefined) return { status: 0, headers: [], body: '' };
  const named = response.fields.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return { status: response.status, headers: named, body: response.body.toString('latin1') };
}

/** An HTTP/2 connection over TLS that is already there. */
export function openH2(secured: Duplex): http2.ClientHttp2Session {
  const session = http2.connect('https://unused.invalid', { createConnection: () => secured });
  session.on('error', () => {});
  onTestFinished(() => void session.destroy());
  return session;
}

/** Sends a request as HTTP/2 and reads the answer; status 0 when the stream was reset before there was one. */
export async function askH2(
  session: http2.ClientHttp2Session,
  authority: string,
  { method = 'GET', path = '/', headers = [], body, authority: other }: Ask,
): Promise<Got> {
  const fields: http2.OutgoingHttpHeaders = {
    ':method': method,
    ':path': path,
    ':scheme': 'https',
    ':authority': other ?? authority,
  };
  for (const [name, value] of headers) {
    const known = fields[name.toLowerCase()];
    fields[name.toLowerCase()] = known === undefined ? value : [known, value].flat().map(String);
  }
  const stream = session.request(fields, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const chunks: Buffer[] = [];
  let got: Got = { status: 0, headers: [], body: '' };
  stream.on('response', (head) => {
    const named = Object.entries(head)
      .filter(([name]) => !name.startsWith(':'))
      .flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]));
    got = { status: Number(head[':status']), headers: named, body: '' };
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  await new Promise((resolve) => stream.once('close', resolve));
  return { ...got, body: Buffer.concat(chunks).toString('latin1') };
}
