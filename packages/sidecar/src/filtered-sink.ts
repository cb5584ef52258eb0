import { PassThrough, type Readable } from 'node:stream';
import {
  deleteHeader,
  type Filtering,
  type ForwardOutcome,
  type RawHeaders,
  type ResponseHead,
  toPaiError,
} from '@pai/core';
import type { ResponseHeadLine } from './http1/response-head.ts';
import type { ResponseSink } from './upstream/call.ts';

/** A Provider's filter, bound to its request. */
export type AnyFilter = NonNullable<ForwardOutcome['filter'] | ForwardOutcome['filterLater']>;

/** A sink whose content goes through a transformation with buffers of its own. */
export interface FilteredSink extends ResponseSink {
  /** Goes on after the receiver was full. */
  resume(): void;
  /** Lets go of everything: nobody receives any more. */
  close(): void;
}

/**
 * Passes a response through a Provider's filter before `sink` gets it; `onRoom` is called when a paused response may go
 * on. A filter that fails ends the response.
 */
export function createFilteredSink(sink: ResponseSink, filter: AnyFilter, onRoom: () => void): FilteredSink {
  // Most filters look at most heads and let them be.
  let filtering: FilteringSink | undefined;
  return {
    onInterim: sink.onInterim,
    onSwitch: sink.onSwitch,
    onHead(head, isEmpty) {
      const seen = { status: head.status, headers: [...head.headers] };
      const transform = filter(seen);
      if (transform === undefined) return sink.onHead({ ...head, headers: seen.headers }, isEmpty);
      filtering = createFilteringSink(sink, onRoom);
      return filtering.begin({ head, seen, isEmpty }, transform);
    },
    onData: (chunk) => (filtering ?? sink).onData(chunk),
    onEnd: (trailers) => (filtering ?? sink).onEnd(trailers),
    onError: (...failure) => (filtering ?? sink).onError(...failure),
    resume: () => (filtering === undefined ? onRoom() : filtering.resume()),
    close: () => filtering?.close(),
  };
}

/** A head as it came, and as the filter left it. */
interface FilteredHead {
  readonly head: ResponseHeadLine;
  readonly seen: ResponseHead;
  readonly isEmpty: boolean | undefined;
}

/** What receives a response that is held back or changed. */
interface FilteringSink extends Pick<ResponseSink, 'onData' | 'onEnd' | 'onError'> {
  begin(head: FilteredHead, transform: Filtering | Promise<Filtering>): void;
  resume(): void;
  close(): void;
}

function createFilteringSink(sink: ResponseSink, onRoom: () => void): FilteringSink {
  let source: PassThrough | undefined;
  let filtered: Readable | undefined;
  let trailers: RawHeaders = [];
  // What the service sent while the filter looks at the head: one that takes time holds it back.
  let held: (() => void)[] | undefined;
  let isBroken = false;

  const fail = (thrown: unknown) => {
    if (!isBroken) sink.onError(toPaiError(thrown, 'the filter of the response failed'));
    isBroken = true;
  };
  const connect = (transform: (content: Readable) => Readable) => {
    source = new PassThrough().on('drain', onRoom);
    const output = transform(source);
    output.on('data', (chunk: Buffer) => {
      if (!sink.onData(chunk)) output.pause();
    });
    output.on('end', () => sink.onEnd(trailers)).on('error', fail);
    filtered = output;
  };
  // A filter knows by it that nobody waits for its content any more.
  const close = () => {
    isBroken = true;
    source?.destroy();
    filtered?.destroy();
  };
  const start = ({ head, seen: { headers }, isEmpty }: FilteredHead, transform: Filtering) => {
    if (transform !== undefined && isEmpty !== true) {
      deleteHeader(headers, 'content-length');
      connect(transform);
    }
    if (isBroken) return close();
    sink.onHead({ ...head, headers }, isEmpty);
  };
  const pass = (chunk: Buffer) => (source === undefined ? sink.onData(chunk) : source.write(chunk));
  const finish = (last: RawHeaders) => {
    trailers = last;
    if (source === undefined) sink.onEnd(last);
    else source.end();
  };
  const wait = async (late: Promise<void>) => {
    held = [];
    try {
      await late;
      const since = held;
      held = undefined;
      if (isBroken) return;
      for (const go of since) go();
      onRoom();
    } catch (thrown) {
      fail(thrown);
    }
  };

  return {
    begin(filteredHead, transform) {
      if (!(transform instanceof Promise)) return start(filteredHead, transform);
      void wait(transform.then((found) => start(filteredHead, found)));
    },
    onData(chunk) {
      if (held === undefined) return isBroken || pass(chunk);
      const kept = Buffer.from(chunk);
      held.push(() => void pass(kept));
      return false;
    },
    onEnd(last) {
      if (held === undefined) return isBroken ? undefined : finish(last);
      held.push(() => finish(last));
    },
    resume: () => (filtered === undefined ? onRoom() : void filtered.resume()),
    onError(error, isUntouched, resetCode) {
      if (isBroken) return;
      close();
      sink.onError(error, isUntouched, resetCode);
    },
    close,
  };
}
