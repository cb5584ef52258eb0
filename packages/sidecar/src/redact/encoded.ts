import { getHeader, type RawHeaders } from '@pai/core';
import type { ResponseHeadLine } from '../http1/response-head.ts';
import { type Coding, decodeAll } from './decode.ts';
import { decodedHead } from './decoded.ts';
import { guardSink } from './guard.ts';
import type { ContentSink } from './plain.ts';
import { noteMasks, type RedactingSink, type Redaction } from './plain.ts';
import { createScannedSink, type ScannedSink } from './scanned.ts';

/** Content this short is decoded at once, when it is whole: another thread would cost more. */
const shortContent = 16 * 1024;
/** Most bytes that it may come to. */
const shortDecoded = 4 * 1024 * 1024;
/** Milliseconds for which encoded content is held, so that it can be masked whole. */
const windowTime = 20;

/**
 * Searches encoded content by decoding it, and passes the bytes on as they came. Short content that has come whole is
 * passed on decoded and masked if it holds a credential; anything else is decoded piece by piece.
 */
export function createEncodedSink(
  coding: Coding,
  receiver: ContentSink,
  redaction: Redaction,
): RedactingSink {
  const sink = guardSink(receiver);
  let successor: ScannedSink | undefined;
  let head: ResponseHeadLine | undefined;
  let timer: NodeJS.Timeout | undefined;
  let received = 0;
  let isClosed = false;
  let early: Buffer[] = [];

  const scan = (): ScannedSink => {
    const scanned = createScannedSink(coding, sink, redaction);
    successor = scanned;
    if (head !== undefined) scanned.onHead(head);
    for (const chunk of early) scanned.onData(chunk);
    early = [];
    return scanned;
  };
  // What has come by then is read first: timers run before that when much has to be done.
  const hurry = () => void setImmediate(() => isClosed || (successor ?? scan()).hurry());
  const stop = () => {
    isClosed = true;
    clearTimeout(timer);
  };
  const finish = (head: ResponseHeadLine, plain: Buffer, trailers: RawHeaders) => {
    const content = redaction.redactor.content();
    const clean = Buffer.concat([content.push(plain), content.end()]);
    const isClean = content.count() === 0;
    noteMasks(redaction.event, content.count());
    sink.onHead(isClean ? head : decodedHead(head, clean.length));
    for (const chunk of isClean ? early : [clean]) sink.onData(chunk);
    sink.onEnd(trailers);
  };

  return {
    onHead(given) {
      head = given;
      if (isEventStream(given)) scan().hurry();
      else timer = setTimeout(hurry, windowTime).unref();
    },
    onData(chunk) {
      if (successor !== undefined) return successor.onData(chunk);
      received += chunk.length;
      if (received > shortContent) return scan().onData(chunk);
      early.push(chunk);
      return true;
    },
    onEnd(trailers) {
      stop();
      if (successor !== undefined) return successor.onEnd(trailers);
      const plain = decodeAll(coding, Buffer.concat(early), shortDecoded);
      if (plain === undefined || head === undefined) scan().onEnd(trailers);
      else finish(head, plain, trailers);
    },
    onError(...failure) {
      stop();
      (successor ?? sink).onError(...failure);
    },
    resume: () => (successor === undefined ? redaction.onRoom() : successor.resume()),
    close() {
      stop();
      successor?.close();
    },
  };
}

function isEventStream({ headers }: ResponseHeadLine): boolean {
  return /^text\/event-stream\b/i.test(getHeader(headers, 'content-type') ?? '');
}
