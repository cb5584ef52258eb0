import { type RawHeaders, toPaiError } from '@pai/core';
import type { Call, ResponseSink } from './call.ts';

/** Room for one request on a connection that is there. */
export interface Seat {
  /**
   * Sends the request. Throws `malformed_request` when it cannot be written. A connection over HTTP/1.1 that is lost
   * before a byte of a response has come asks `again`, if it is there, for another call.
   */
  start(sink: ResponseSink, again?: () => Call): Call;
  /** Gives the room back unused. */
  leave(): void;
}

/** A call whose connection is still being made. What is written meanwhile waits for `onDrain`. */
export function deferCall(opening: Promise<Seat>, sink: ResponseSink): Call {
  let call: Call | undefined;
  let isAborted = false;
  let ended: RawHeaders | undefined;
  const early: Buffer[] = [];
  const drains: (() => void)[] = [];

  const start = (seat: Seat) => {
    if (isAborted) return seat.leave();
    const started = seat.start(sink);
    call = started;
    for (const listener of drains) started.onDrain(listener);
    for (const chunk of early) started.write(chunk);
    if (ended !== undefined) return started.end(ended);
    for (const listener of drains) listener();
    return undefined;
  };
  opening.then(start).catch((thrown: unknown) => {
    if (!isAborted) sink.onError(toPaiError(thrown, 'the request could not be sent'));
  });

  return {
    write(chunk) {
      if (call !== undefined) return call.write(chunk);
      early.push(chunk);
      return false;
    },
    end(trailers) {
      ended = trailers;
      call?.end(trailers);
    },
    onDrain: (listener) => (call === undefined ? void drains.push(listener) : call.onDrain(listener)),
    resume: () => call?.resume(),
    abort() {
      isAborted = true;
      call?.abort();
    },
  };
}

/**
 * A call that is made once more when `mayRetry` says so of its failure. Only for requests without content: what was
 * written to the first attempt is not repeated.
 */
export function retryCall(
  first: (sink: ResponseSink) => Call,
  again: () => Promise<Seat>,
  mayRetry: (...failure: Parameters<ResponseSink['onError']>) => boolean,
  sink: ResponseSink,
): Call {
  let isAborted = false;
  let current: Call | undefined;
  const started = first({
    ...sink,
    onError(...failure) {
      if (isAborted || !mayRetry(...failure)) return sink.onError(...failure);
      current = deferCall(again(), sink);
    },
  });
  current ??= started;
  return {
    write: (chunk) => current?.write(chunk) ?? true,
    end: (trailers) => current?.end(trailers),
    onDrain: (listener) => current?.onDrain(listener),
    resume: () => current?.resume(),
    abort() {
      isAborted = true;
      current?.abort();
    },
  };
}
