import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Body, PaiError } from '@pai/core';
import { formatInterim } from '../http1/format-response-head.ts';
import type { RequestHeadLine } from '../http1/request-head.ts';
import type { ConnectionAuthority } from './authority.ts';
import { cutOff } from './cut-off.ts';
import type { createEnding, Exchange, Handle } from './exchange.ts';
import type { H1Response } from './h1-response.ts';
import { factsOf, type RequestHead, readRequest } from './read-request.ts';

/** What a request is for, and who serves it. */
export interface Aimed {
  readonly connection: ConnectionAuthority;
  /** In place of the head that came. */
  readonly head?: RequestHead;
  /** Why it is refused. */
  readonly refusal?: PaiError;
  /** In place of the usual one. */
  readonly handle?: Handle;
}

/** What a request is made from, beside its head. */
export interface H1ExchangeParts {
  readonly socket: Socket;
  readonly head: RequestHead;
  readonly aimed: Aimed;
  readonly agent: string | undefined;
  readonly response: H1Response;
  readonly ending: ReturnType<typeof createEnding>;
  readonly onDrain: (listener: () => void) => void;
  /** Takes the connection away from HTTP. */
  readonly release: () => Socket;
}

/** One HTTP/1.1 request and its response. */
export function createH1Exchange(parts: H1ExchangeParts): Exchange {
  const { socket, aimed, agent, response, ending, onDrain, release } = parts;
  const { connection, refusal, head = parts.head } = aimed;
  return {
    facts: () => factsOf(head, connection, agent),
    read() {
      if (refusal !== undefined) throw refusal;
      return readRequest(head, connection, agent);
    },
    inform: response.inform,
    start: response.start,
    write: response.write,
    end: response.end,
    onDrain,
    switchTo(headers) {
      const { upgrade = '' } = head;
      const fields = [...headers, 'Connection', 'Upgrade', 'Upgrade', upgrade];
      socket.write(formatInterim(101, fields), 'latin1');
      return release();
    },
    // When it is over, the connection may be another request's.
    abort: () => (ending.isSettled() ? undefined : cutOff(socket)),
    onClose: ending.onClose,
  };
}

/** The head of a request, as every protocol's reader gives it. */
export function headOf({ method, target, fields }: RequestHeadLine, body: Body): RequestHead {
  const { hosts, headers, upgrade } = fields;
  return {
    id: randomUUID(),
    method,
    target,
    hosts,
    headers,
    protocol: 'h1',
    upgrade,
    body,
  };
}
