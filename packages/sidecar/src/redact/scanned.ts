import { PaiError, type RawHeaders } from '@pai/core';
import type { ResponseHeadLine } from '../http1/response-head.ts';
import type { Coding } from './decode.ts';
import { createDecodedSink } from './decoded.ts';
import type { ContentSink } from './plain.ts';
import { createHold, createPlainSink, noteMasks, type RedactingSink, type Redaction } from './plain.ts';
import { createScan } from './scan.ts';
import { createSearched } from './searched.ts';

/** A sink that holds a response until it has to hurry. */
export interface ScannedSink extends RedactingSink {
  /** Holds only what has come and is not searched yet. */
  hurry(): void;
}

/**
 * Searches encoded content piece by piece, and passes on what was searched as it came. Nothing goes on before it has to
 * hurry or much has come: a credential that is found by then has all of the content sent decoded and masked. One that
 * comes later cuts the response off. `sink` does not throw.
 */
export function createScannedSink(coding: Coding, sink: ContentSink, redaction: Redaction): ScannedSink {
  const { redactor, event, onRoom } = redaction;
  const content = redactor.content();
  let successor: RedactingSink | undefined;
  let head: ResponseHeadLine | undefined;
  let hasBegun = false;
  let isFull = false;
  let isHurried = false;
  let trailers: RawHeaders | undefined;
  const searched = createSearched();

  const send = () => {
    hold.look();
    for (const chunk of searched.takeDecided(content.held())) isFull = !sink.onData(chunk) || isFull;
    if (isFull) scan.pause();
  };
  const begin = () => {
    if (hasBegun || head === undefined || successor !== undefined) return;
    hasBegun = true;
    sink.onHead(head);
    send();
  };
  const hold = createHold(content, () => {
    content.release();
    if (hasBegun) send();
  });
  const stop = () => {
    hold.stop();
    scan.close();
    successor?.close();
  };
  const handOver = (next: RedactingSink) => {
    stop();
    successor = next;
    if (!hasBegun && head !== undefined) next.onHead(head);
    for (const chunk of [...searched.all(), ...scan.pending()]) isFull = !next.onData(chunk) || isFull;
    if (trailers !== undefined) next.onEnd(trailers);
    else if (!isFull) onRoom();
  };
  const scan = createScan(coding, content, {
    onSearched(chunks, length) {
      searched.add(chunks, length);
      if (isHurried && scan.isIdle()) begin();
      if (isFull) hold.stop();
      else if (hasBegun) send();
    },
    onRoom: () => (isFull ? undefined : onRoom()),
    onLong: begin,
    onFound() {
      if (!hasBegun) return handOver(createDecodedSink(coding, sink, redaction));
      stop();
      noteMasks(event, content.count());
      sink.onError(cutOff());
    },
    onUnreadable(why) {
      event.unscanned = why;
      handOver(createPlainSink(sink, redaction));
    },
    onDone() {
      stop();
      begin();
      send();
      sink.onEnd(trailers ?? []);
    },
  });

  return {
    onHead(given) {
      head = given;
    },
    hurry() {
      isHurried = true;
      if (scan.isIdle()) begin();
    },
    onData(chunk) {
      if (successor !== undefined) return successor.onData(chunk);
      scan.push(chunk);
      return !isFull && !scan.isCrowded();
    },
    onEnd(last) {
      trailers = last;
      if (successor !== undefined) successor.onEnd(last);
      else scan.end();
    },
    onError(...failure) {
      stop();
      (successor ?? sink).onError(...failure);
    },
    resume() {
      isFull = false;
      if (successor !== undefined) return successor.resume();
      scan.resume();
      if (hasBegun) send();
      if (!isFull && !scan.isCrowded()) onRoom();
    },
    close: stop,
  };
}

function cutOff(): PaiError {
  return new PaiError('response_redacted', 'the response repeated the credential and was cut off');
}
