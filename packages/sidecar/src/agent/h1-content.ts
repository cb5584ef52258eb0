import { Readable } from 'node:stream';
import { type Body, createBody, emptyBody, type PaiError, type RawHeaders } from '@pai/core';
import { createContentReader } from '../http1/content-reader.ts';
import type { Framing } from '../http1/framing.ts';
import { malformed } from '../http1/protocol-error.ts';

/** The content of one request, between its connection and whoever wants it. */
export interface H1Content {
  readonly body: Body;
  /** Takes the next bytes of the connection and gives those after the content. Throws `malformed_request`. */
  feed(chunk: Buffer): Buffer;
  readonly isComplete: () => boolean;
  /** Whether anyone asked for it. Until then its bytes stay on the connection. */
  readonly isOpen: () => boolean;
  /** From now on the content is thrown away as it comes. */
  discard(): void;
  /** Ends the content in the middle. */
  fail(error: PaiError): void;
}

/** What the content needs of its connection. */
export interface ContentFlow {
  /** Called when the content is first asked for: the moment for `100 Continue`. */
  onOpen(): void;
  pause(): void;
  resume(): void;
}

/** That of a request which has none. */
export const noH1Content: H1Content = {
  body: emptyBody,
  feed: (chunk) => chunk,
  isComplete: () => true,
  isOpen: () => false,
  discard: () => {},
  fail: () => {},
};

/** Content that streams with backpressure. */
export function createH1Content(framing: Framing, flow: ContentFlow): H1Content {
  let stream: Readable | undefined;
  let isDiscarded = false;
  let isComplete = false;
  let failure: PaiError | undefined;
  let trailers: RawHeaders = [];

  const onData = (chunk: Buffer) => {
    if (isDiscarded || stream === undefined || stream.destroyed) return;
    if (!stream.push(chunk)) flow.pause();
  };
  const onEnd = (fields: RawHeaders) => {
    isComplete = true;
    trailers = fields;
    stream?.push(null);
  };
  const reader = createContentReader(framing, onData, onEnd, malformed);
  const read = () => {
    flow.resume();
    // It may be asked for only after it has failed, with all of it here or not.
    if (failure !== undefined && !isComplete) stream?.destroy(failure);
  };
  const open = () => {
    stream = new Readable({ read, highWaterMark: 64 * 1024 });
    // A consumer that went away is no error of ours.
    stream.on('error', () => {});
    flow.onOpen();
    return stream;
  };
  return {
    body: createBody({
      length: framing.kind === 'length' ? framing.length : undefined,
      open,
      trailers: () => trailers,
    }),
    feed: (chunk) => (isComplete ? chunk : reader.feed(chunk)),
    isComplete: () => isComplete,
    isOpen: () => isDiscarded || stream !== undefined,
    discard() {
      isDiscarded = true;
    },
    fail(error) {
      failure = error;
      stream?.destroy(error);
    },
  };
}
