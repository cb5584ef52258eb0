import type { ForwardOutcome, PaiError } from '@pai/core';
import type { ResponseSink } from './upstream/call.ts';

/**
 * Keeps from `sink` a response that its Provider rejects, if it ever does; `onRejected` is told why instead, once, and has to give the
 * request up.
 */
export function createRejectingSink(
  sink: ResponseSink,
  rejects: ForwardOutcome['rejects'],
  onRejected: (error: PaiError) => void,
): ResponseSink {
  if (rejects === undefined) return sink;
  let isRejected = false;
  return {
    onInterim: sink.onInterim,
    onSwitch: sink.onSwitch,
    onHead(head, isEmpty) {
      const error = rejects(head);
      if (error === undefined) return sink.onHead(head, isEmpty);
      isRejected = true;
      onRejected(error);
    },
    onData: (chunk) => isRejected || sink.onData(chunk),
    onEnd: (trailers) => (isRejected ? undefined : sink.onEnd(trailers)),
    onError: (...failure) => (isRejected ? undefined : sink.onError(...failure)),
  };
}
