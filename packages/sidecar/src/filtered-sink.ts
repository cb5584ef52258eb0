import { PassThrough, type Readable } from 'node:stream';
import { deleteHeader, type ForwardOutcome, type RawHeaders } from '@pai/core';
import type { ResponseSink } from './upstream/call.ts';

/** A sink whose content goes through a transformation with buffers of its own. */
export interface FilteredSink extends ResponseSink {
  /** Goes on after the receiver was full. */
  resume(): void;
}

/**
 * Passes a response through a Provider's filter before `sink` gets it; `onRoom` is called when a paused response may go
 * on. A filter that fails ends the response.
 */
export function createFilteredSink(
  sink: ResponseSink,
  filter: NonNullable<ForwardOutcome['filter']>,
  onRoom: () => void,
): FilteredSink {
  let source: PassThrough | undefined;
  let filtered: Readable | undefined;
  let trailers: RawHeaders = [];

  const connect = (transform: (content: Readable) => Readable) => {
    source = new PassThrough().on('drain', onRoom);
    const output = transform(source);
    output.on('data', (chunk: Buffer) => {
      if (!sink.onData(chunk)) output.pause();
    });
    output.on('end', () => sink.onEnd(trailers)).on('error', sink.onError);
    filtered = output;
  };

  return {
    onInterim: sink.onInterim,
    onSwitch: sink.onSwitch,
    onHead(head, isEmpty) {
      const seen = { status: head.status, headers: [...head.headers] };
      const transform = filter(seen);
      if (transform !== undefined && isEmpty !== true) {
        deleteHeader(seen.headers, 'content-length');
        connect(transform);
      }
      sink.onHead({ ...head, headers: seen.headers }, isEmpty);
    },
    onData: (chunk) => (source === undefined ? sink.onData(chunk) : source.write(chunk)),
    onEnd(last) {
      trailers = last;
      if (source === undefined) sink.onEnd(last);
      else source.end();
    },
    resume: () => (filtered === undefined ? onRoom() : void filtered.resume()),
    onError(error, isUntouched, resetCode) {
      source?.destroy();
      sink.onError(error, isUntouched, resetCode);
    },
  };
}
