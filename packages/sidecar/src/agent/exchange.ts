import type { Socket } from 'node:net';
import type { AgentRequest, PaiError, RawHeaders, RequestFacts } from '@pai/core';

/**
 * How an exchange ended: everything was sent; the agent went away before that; or it was given up for what the agent
 * did (content that is no HTTP, a deadline missed), with the error's status where no response had begun.
 */
export type ExchangeEnd = 'complete' | 'gone' | PaiError;

/** One request of an agent and the response to it, whatever protocol carries them. */
export interface Exchange {
  /** The agent reads answers as gRPC. */
  readonly isGrpc?: boolean;
  /** For the audit line of a request that cannot be read. */
  facts(): RequestFacts;
  /** The request, read strictly. Throws `PaiError` for anything that has more than one reading. */
  read(): AgentRequest;
  /** Sends an interim response (1xx, neither 100 nor 101) where the agent's protocol has them. */
  inform(status: number, headers: RawHeaders): void;
  /**
   * Sends the response head. Hop-by-hop fields are gone from `headers` by then. `isEmpty`: neither content nor trailers
   * follow. Throws when it cannot be written.
   */
  start(status: number, headers: RawHeaders, isEmpty?: boolean): void;
  /** Sends response content; false means wait for `onDrain`. The bytes may be kept. */
  write(chunk: Uint8Array): boolean;
  onDrain(listener: () => void): void;
  /** Throws when the trailers cannot be written. */
  end(trailers: RawHeaders): void;
  /** Switches protocols (101) and gives the connection, where the agent's protocol can do that. */
  switchTo?(headers: RawHeaders): Socket;
  /** Cuts the response off, so that the agent cannot take it for a whole one. `code` is HTTP/2's for why. */
  abort(code?: number): void;
  /** Calls back once, when the exchange has ended; at once when it has already. */
  onClose(listener: (end: ExchangeEnd) => void): void;
}

/** What a server hands every exchange to. */
export type Handle = (exchange: Exchange) => void;

/** Remembers how an exchange ended, and tells everyone who asks. Only the first end counts. */
export function createEnding(): {
  settle(end: ExchangeEnd): void;
  readonly isSettled: () => boolean;
  onClose(listener: (end: ExchangeEnd) => void): void;
} {
  let listeners: ((end: ExchangeEnd) => void)[] = [];
  let ended: ExchangeEnd | undefined;
  return {
    isSettled: () => ended !== undefined,
    settle(end) {
      if (ended !== undefined) return;
      ended = end;
      const told = listeners;
      listeners = [];
      for (const listener of told) listener(end);
    },
    onClose: (listener) => (ended === undefined ? void listeners.push(listener) : listener(ended)),
  };
}
