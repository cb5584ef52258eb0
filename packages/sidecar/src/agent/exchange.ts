import type { AgentRequest, RawHeaders, RequestFacts } from '@pai/core';

/** One request of an agent and the response to it, whatever protocol carries them. */
export interface Exchange {
  /** For the audit line of a request that cannot be read. */
  readonly facts: RequestFacts;
  /** The request, read strictly. Throws `PaiError` for anything that has more than one reading. */
  read(): AgentRequest;
  /** Sends the response head. Hop-by-hop fields are gone from `headers` by then. */
  start(status: number, headers: RawHeaders): void;
  /** Sends response content; false means wait for `onDrain`. */
  write(chunk: Uint8Array): boolean;
  onDrain(listener: () => void): void;
  end(trailers: RawHeaders): void;
  /** Cuts the response off, so that the agent cannot take it for a whole one. */
  abort(): void;
  /** Calls back once when everything has been sent (`true`), or when the agent went away before that (`false`). */
  onClose(listener: (isComplete: boolean) => void): void;
}

/** What a server hands every exchange to. */
export type Handle = (exchange: Exchange) => void;
