import { randomUUID } from 'node:crypto';
import http2, { type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { AgentServer, AgentServerOptions } from './h1.ts';
import { createH2Exchange } from './h2-exchange.ts';
import { readH2Request } from './h2-head.ts';
import { defaultH2Limits, type H2Limits } from './h2-limits.ts';
import { createSessionWatch, type WatchedSession } from './h2-session.ts';
import { factsOf } from './read-request.ts';
import { createStallWatch } from './stall-watch.ts';

/** Fields that are read at most; `readRequest` refuses fewer, and can say so. */
const maxPairs = 512;

/** Milliseconds between two looks at all connections. */
const sweepInterval = 1_000;

/** An HTTP/2 server without a listener (RFC 9113). `limits` replace the usual ones. */
export function createH2Server(options: AgentServerOptions, change: Partial<H2Limits> = {}): AgentServer {
  const { handle, onMalformed, onUnseenStreams, connectionOf, agent } = options;
  const limits: H2Limits = { ...defaultH2Limits, ...change };
  const stalls = createStallWatch(limits.stallDeadline);
  const serving = { agent, limits, stalls };
  const sessions = new Map<Http2Session, WatchedSession>();
  // A session's own `socket` is a stand-in, so the connection is remembered while it is handed over.
  let accepted: Socket | undefined;
  const tend = () => {
    for (const session of sessions.values()) session.tend();
  };
  const timer = setInterval(tend, sweepInterval).unref();
  const server = http2.createServer(settingsOf(limits));
  server.on('session', (session) => {
    const socket = accepted as Socket;
    const connection = connectionOf(socket);
    const watched = createSessionWatch(session, socket, connection, limits, {
      onRefused: (reason) => {
        const facts = factsOf({ id: randomUUID(), method: '', target: '' }, connection, agent);
        onMalformed(facts, 0, reason);
      },
      onUnseen: (count) => onUnseenStreams?.(count),
      onClose: () => sessions.delete(session),
    });
    sessions.set(session, watched);
  });
  server.on(
    'stream',
    (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, flags: number, raw: string[]) => {
      stream.on('error', ignore);
      const session = stream.session && sessions.get(stream.session);
      if (session === undefined) return stream.close(http2.constants.NGHTTP2_CANCEL);
      session.enter(stream.id ?? 0);
      const head = readH2Request(stream, raw, flags, session.readFields);
      handle(createH2Exchange(stream, head, session, serving));
    },
  );
  return {
    accept(socket) {
      if (socket.destroyed) return;
      accepted = socket;
      server.emit('connection', socket);
    },
    close() {
      clearInterval(timer);
      for (const session of sessions.values()) session.close();
    },
  };
}

/** What it means is read from the stream when that closes. */
function ignore(): void {}

function settingsOf(limits: H2Limits): http2.ServerOptions {
  return {
    maxHeaderListPairs: maxPairs,
    maxSessionInvalidFrames: limits.invalidFrames,
    maxSessionRejectedStreams: limits.rejectedStreams,
    maxSessionMemory: limits.memory,
    maxSettings: 32,
    maxOutstandingPings: 10,
    streamResetBurst: 2 * limits.resets.burst,
    streamResetRate: limits.resets.perSecond,
    settings: {
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: 2 * limits.headerBytes,
      initialWindowSize: limits.window,
      enableConnectProtocol: false,
    },
  };
}
