import type { Socket } from 'node:net';
import type { ErrorCode, RequestFacts } from '@pai/core';
import { keepAliveSeconds } from '../http1/limits.ts';
import { createFieldsReader } from '../http1/request-fields.ts';
import { createRegister, type Registered } from '../register.ts';
import type { ConnectionAuthority } from './authority.ts';
import { createDeadlines, type DeadlineLimits } from './deadlines.ts';
import type { Handle } from './exchange.ts';
import { createH1Connection, type H1Connection, type H1ConnectionOptions } from './h1-connection.ts';
import { factsOf } from './read-request.ts';

/** What a server needs from the door it stands behind. */
export interface AgentServerOptions {
  readonly handle: Handle;
  /**
   * Bytes that are no request (`code` says otherwise why): `status` was answered (0: nothing was) and the connection
   * closed.
   */
  readonly onMalformed: (facts: RequestFacts, status: number, reason: string, code?: ErrorCode) => void;
  /** So many streams of HTTP/2 never became requests. */
  readonly onUnseenStreams?: (count: number) => void;
  readonly connectionOf: (socket: Socket) => ConnectionAuthority;
  readonly agent: string | undefined;
  /** Milliseconds that agents have. */
  readonly deadlines?: Partial<DeadlineLimits> | undefined;
}

/** Serves one protocol on connections that a door hands it. */
export interface AgentServer {
  accept(socket: Socket): void;
  /** Finishes what is under way, closes what is idle and takes nothing new. */
  close(): void;
}

const defaultDeadlines: DeadlineLimits = {
  request: keepAliveSeconds * 1_000,
  head: 30_000,
  content: 300_000,
  taking: 300_000,
  farewell: 5_000,
};

/** What an HTTP/1.1 server may be told beside that. */
export type H1ServerOptions = AgentServerOptions & Partial<Pick<H1ConnectionOptions, 'aim' | 'connect'>>;

/** An HTTP/1.1 server without a listener. A request is for what its connection is for, unless `aim` says otherwise. */
export function createH1Server(options: H1ServerOptions): AgentServer {
  const { handle, connectionOf, agent, connect } = options;
  const connections = createRegister<H1Connection & Registered>();
  const serving: H1ConnectionOptions = {
    handle,
    agent,
    connect,
    aim: options.aim ?? ((_head, socket) => ({ connection: connectionOf(socket) })),
    // Agents that open a connection for each request send the same fields on all of them.
    readFields: createFieldsReader(),
    deadlines: createDeadlines({ ...defaultDeadlines, ...options.deadlines }),
    onMalformed: (socket, line, { status, message, code }) =>
      options.onMalformed(factsOf(line, connectionOf(socket), agent), status, message, code),
  };
  return {
    accept(socket) {
      const onClose = () => connections.remove(connection);
      const connection = { ...createH1Connection(socket, serving, onClose), index: 0 };
      connections.add(connection);
    },
    close() {
      for (const connection of connections.items()) connection.close();
    },
  };
}
