import type { Readable } from 'node:stream';
import { formatEvent } from './sse.ts';

/** The streams of the older transport, by the place that the server gave each of them for messages. */
export interface OpenStreams {
  /** `target` is where the messages go whose answers come in this stream. It is known until the stream closes. */
  readonly add: (target: string, stream: Readable) => void;
  /** Says something in the stream of a place. False when there is none, or nobody reads it. */
  readonly tell: (target: string, message: string) => boolean;
}

/** Most bytes that wait for an agent that does not read. */
const limit = 1 << 20;

/** Knows none. */
export function createOpenStreams(): OpenStreams {
  const byTarget = new Map<string, Readable>();
  return {
    add: (target, stream) => {
      byTarget.set(target, stream);
      stream.once('close', () => {
        if (byTarget.get(target) === stream) byTarget.delete(target);
      });
    },
    tell: (target, message) => {
      const stream = byTarget.get(target);
      if (stream === undefined || !stream.readable || stream.readableLength > limit) return false;
      stream.push(formatEvent({ fields: ['event: message'] }, message));
      return true;
    },
  };
}
