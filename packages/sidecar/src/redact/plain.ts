import { type AuditEvent, type RedactedContent, type Redactor, toPaiError } from '@pai/core';
import type { ResponseSink } from '../upstream/call.ts';

/** What receives a response with content. */
export type ContentSink = Omit<ResponseSink, 'onInterim' | 'onSwitch'>;

/** What is between a service and an agent. */
export interface RedactingSink extends ContentSink {
  /** Goes on after the receiver was full. */
  resume(): void;
  /** Lets go of everything: nobody receives any more. */
  close(): void;
}

/** What masking a response needs. */
export interface Redaction {
  readonly redactor: Redactor;
  readonly event: AuditEvent;
  /** Called when a paused response may go on. */
  readonly onRoom: () => void;
  /** Its messages may end in any byte, and an agent waits for each. */
  readonly isGrpc?: boolean | undefined;
}

/** Milliseconds that the end of what has come waits for the rest, and the most bytes of a credential's beginning that may then go on. */
const patience = { usual: 20, grpc: 2 };
const mostReleased = 3;

/** Counts masks in an event. */
export function noteMasks(event: AuditEvent, count: number): void {
  if (count > 0) event.redactions = (event.redactions ?? 0) + count;
}

/** Searches content that is sent as it is. What might begin a credential waits; all else goes on at once. */
export function createPlainSink(sink: ContentSink, redaction: Redaction): RedactingSink {
  const { redactor, onRoom } = redaction;
  let masked: MaskedContent | undefined;
  return {
    onHead: sink.onHead,
    onData(chunk) {
      if (masked === undefined && redactor.isClean(chunk)) return sink.onData(chunk);
      masked ??= createMaskedContent(sink, redaction);
      return masked.push(chunk);
    },
    onEnd(trailers) {
      masked?.end();
      sink.onEnd(trailers);
    },
    onError(...failure) {
      masked?.giveUp();
      sink.onError(...failure);
    },
    resume() {
      masked?.resume();
      onRoom();
    },
    close: () => masked?.stop(),
  };
}

/** Content from the first chunk on that is not clean. */
interface MaskedContent {
  push(chunk: Buffer): boolean;
  end(): void;
  /** The content ends before its end. */
  giveUp(): void;
  /** The receiver, which was full, takes more. */
  resume(): void;
  stop(): void;
}

function createMaskedContent(sink: ContentSink, { redactor, event, isGrpc }: Redaction): MaskedContent {
  const content = redactor.content();
  const letGo = () => {
    try {
      sink.onData(content.release());
    } catch (thrown) {
      sink.onError(toPaiError(thrown, 'the response could not be passed on'));
    }
  };
  const holding = createHold(content, letGo, isGrpc === true ? patience.grpc : patience.usual);
  let noted = 0;
  const note = () => {
    noteMasks(event, content.count() - noted);
    noted = content.count();
  };
  return {
    push(chunk) {
      const clean = content.push(chunk);
      note();
      const isRoomy = clean.length === 0 || sink.onData(clean);
      // An agent that takes nothing would see what is let go without what follows.
      if (isRoomy) holding.look();
      else holding.stop();
      return isRoomy;
    },
    end() {
      holding.stop();
      const rest = content.end();
      note();
      if (rest.length > 0) sink.onData(rest);
    },
    giveUp() {
      holding.stop();
      if (content.held() > 0 && content.begun() <= mostReleased) letGo();
    },
    resume: holding.look,
    stop: holding.stop,
  };
}

/** How long what is held of some content waits; looked at after each chunk. */
export interface Hold {
  /** Begins to wait again, where anything is held. */
  look(): void;
  stop(): void;
}

/**
 * Calls `onRelease` when a few bytes have waited for their rest in vain, for `delay` milliseconds: binary messages may end in
 * any byte, and their receiver may be waiting for it. A longer beginning is no accident.
 */
export function createHold(content: RedactedContent, onRelease: () => void, delay = patience.usual): Hold {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    look() {
      if (timer !== undefined) stop();
      if (content.held() > 0 && content.begun() <= mostReleased) timer = setTimeout(onRelease, delay).unref();
    },
    stop,
  };
}
