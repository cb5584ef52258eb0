import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { RequestFacts } from '@pai/core';
import type { ConnectionAuthority } from './authority.ts';
import type { Handle } from './exchange.ts';
import { createH1Exchange } from './h1-exchange.ts';
import { createNodeServer } from './h1-server.ts';
import { factsOf } from './read-request.ts';

/** What a server needs from the door it stands behind. */
export interface AgentServerOptions {
  readonly handle: Handle;
  /** Bytes that are not the protocol: `status` was answered and the connection closed. */
  readonly onMalformed: (facts: RequestFacts, status: number, reason: string) => void;
  readonly connectionOf: (socket: Duplex) => ConnectionAuthority;
  readonly agent: string | undefined;
  /** Milliseconds for a request's head. Default 30,000. */
  readonly headDeadline?: number | undefined;
}

/** Serves one protocol on connections that a door hands it. */
export interface AgentServer {
  accept(socket: Duplex): void;
  /** Finishes what is under way, closes what is idle and takes nothing new. */
  close(): void;
}

/** An HTTP/1.1 server without a listener. */
export function createH1Server(options: AgentServerOptions): AgentServer {
  const { handle, onMalformed, connectionOf, agent, headDeadline } = options;
  const server = createNodeServer({
    headDeadline,
    serve: (req, res) => handle(createH1Exchange(req, res, connectionOf(req.socket), agent)),
    onMalformed: (socket, { status, reason, ...head }) =>
      onMalformed(factsOf({ id: randomUUID(), ...head }, connectionOf(socket), agent), status, reason),
  });
  // Node starts the clock of its head deadline when a server listens; this one is handed its connections.
  server.emit('listening');
  return {
    accept: (socket) => void server.emit('connection', socket),
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}
