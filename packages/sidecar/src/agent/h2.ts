import { randomUUID } from 'node:crypto';
import http2, { type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createBody, emptyBody, getHeader, getHeaders, PaiError, type RawHeaders } from '@pai/core';
import type { ConnectionAuthority } from './authority.ts';
import { createEnding, type Exchange } from './exchange.ts';
import type { AgentServer, AgentServerOptions } from './h1.ts';
import { factsOf, type RequestHead, readRequest } from './read-request.ts';

/** Milliseconds that content of an answered request is still taken and thrown away, so that the answer is read. */
const discardDeadline = 5_000;

/** Milliseconds without a frame after which a connection takes no more requests. */
const idleTime = 10 * 60_000;

/** An HTTP/2 server without a listener (RFC 9113). */
export function createH2Server({
  handle,
  connectionOf,
  agent,
}: Omit<AgentServerOptions, 'onMalformed'>): AgentServer {
  const sessions = new Map<Http2Session, ConnectionAuthority>();
  // A session's own `socket` is a stand-in, so what is known of the connection is looked up while it is handed over.
  let accepted: ConnectionAuthority = { host: undefined, port: 443 };
  const server = http2.createServer({
    maxHeaderListPairs: 256,
    settings: { maxConcurrentStreams: 250, maxHeaderListSize: 64 * 1024, enableConnectProtocol: false },
  });
  server.on('session', (session) => {
    sessions.set(session, accepted);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => {});
    session.setTimeout(idleTime, () => session.close());
  });
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) => {
      stream.on('error', () => {});
      const connection = stream.session && sessions.get(stream.session);
      if (connection === undefined) return stream.close(http2.constants.NGHTTP2_CANCEL);
      const isEmpty = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      handle(createH2Exchange(stream, headOf(stream, headers, raw, isEmpty), connection, agent));
    },
  );
  return {
    accept: (socket) => {
      if (socket.destroyed) return;
      accepted = connectionOf(socket);
      server.emit('connection', socket);
    },
    close: () => {
      for (const session of sessions.keys()) session.close();
    },
  };
}

function createH2Exchange(
  stream: ServerHttp2Stream,
  head: RequestHead,
  connection: ConnectionAuthority,
  agent: string | undefined,
): Exchange {
  let isBodiless = false;
  let trailing: RawHeaders = [];
  const ending = createEnding();
  // Node ends the content of a request that was reset with NO_ERROR as if it were whole: `aborted` comes before that.
  stream.once('aborted', () => ending.settle('gone'));
  // An agent that hangs up on the last byte keeps `finish` from coming; the stream has then closed without an error.
  const isSent = () =>
    stream.writableFinished || (stream.writableEnded && stream.rstCode === http2.constants.NGHTTP2_NO_ERROR);
  stream.once('close', () => ending.settle(isSent() ? 'complete' : 'gone'));
  const sendTrailers = () => {
    if (!stream.destroyed && !stream.closed) stream.sendTrailers(fieldsOf(trailing));
  };
  return {
    facts: () => factsOf(head, connection, agent),
    read() {
      if (head.authority !== undefined && !head.target.startsWith('/') && head.method !== 'CONNECT')
        throw new PaiError('malformed_request', 'the :path does not start with a slash');
      return readRequest(head, connection, agent);
    },
    inform(status, headers) {
      if (!stream.destroyed && !stream.closed && !stream.headersSent)
        stream.additionalHeaders({ ':status': status, ...fieldsOf(headers) });
    },
    start(status, headers) {
      if (stream.destroyed || stream.closed) return;
      isBodiless = head.method === 'HEAD' || status === 204 || status === 205 || status === 304;
      const waitForTrailers = !isBodiless && getHeader(headers, 'content-length') === undefined;
      if (waitForTrailers) stream.once('wantTrailers', sendTrailers);
      stream.respond({ ':status': status, ...fieldsOf(headers) }, { endStream: isBodiless, waitForTrailers });
    },
    write: (chunk) => isBodiless || stream.destroyed || stream.closed || stream.write(chunk),
    onDrain: (listener) => void stream.on('drain', listener),
    end(trailers) {
      trailing = trailers;
      if (!isBodiless && !stream.closed) stream.end();
      discardRest(stream);
    },
    abort: () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    onClose: ending.onClose,
  };
}

/** A reset, even without an error, can make a client drop the response that came before it, so it comes late. */
function discardRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return;
  stream.resume();
  const timer = setTimeout(() => stream.close(http2.constants.NGHTTP2_NO_ERROR), discardDeadline);
  timer.unref();
  stream.once('close', () => clearTimeout(timer));
}

function headOf(
  stream: ServerHttp2Stream,
  pseudo: IncomingHttpHeaders,
  raw: string[],
  isEmpty: boolean,
): RequestHead {
  const headers = withoutPseudo(raw);
  const length = getHeader(headers, 'content-length');
  let trailers: RawHeaders = [];
  stream.once('trailers', (_headers, _flags, rawTrailers: string[] = []) => {
    trailers = rawTrailers;
  });
  const open = () => {
    if (getHeader(headers, 'expect')?.toLowerCase() === '100-continue')
      stream.additionalHeaders({ ':status': 100 });
    return stream;
  };
  return {
    id: randomUUID(),
    method: pseudo[':method'] ?? '',
    target: pseudo[':path'] ?? '',
    authority: pseudo[':authority'],
    hosts: getHeaders(headers, 'host'),
    headers,
    protocol: 'h2',
    body: isEmpty
      ? emptyBody
      : createBody({
          length: length === undefined ? undefined : Number(length),
          open,
          trailers: () => trailers,
        }),
  };
}

/** Ordinary fields, with the crumbs of a cookie put together again (RFC 9113 section 8.2.3). */
function withoutPseudo(raw: readonly string[]): RawHeaders {
  const headers: RawHeaders = [];
  const crumbs: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name === 'cookie') crumbs.push(value);
    else if (!name.startsWith(':')) headers.push(name, value);
  }
  if (crumbs.length > 0) headers.push('cookie', crumbs.join('; '));
  return headers;
}

/** Fields that keep a line for each value; the values of others are joined (RFC 9110 section 5.3). */
const keptApart = new Set(['set-cookie', 'www-authenticate', 'proxy-authenticate']);

function fieldsOf(headers: RawHeaders): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const known = fields[name];
    if (known === undefined) fields[name] = value;
    else fields[name] = keptApart.has(name) ? [...[known].flat(), value] : `${String(known)}, ${value}`;
  }
  return fields;
}
