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
}

/** Milliseconds that the beginning of a credential waits for the rest, and the most bytes of it that may then go on. */
const patience = 20;
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
      masked?.stop();
      sink.onError(...failure);
    },
    resume: onRoom,
    close: () => masked?.stop(),
  };
}

/** Content from the first chunk on that is not clean. */
interface MaskedContent {
  push(chunk: Buffer): boolean;
  end(): void;
  stop(): void;
}

function createMaskedContent(sink: ContentSink, { redactor, event }: Redaction): MaskedContent {
  const content = redactor.content();
  const holding = createHold(content, () => {
    try {
      sink.onData(content.release());
    } catch (thrown) {
      sink.onError(toPaiError(thrown, 'the response could not be passed on'));
    }
  });
  let noted = 0;
  const note = () => {
    noteMasks(event, content.count() - noted);
    noted = content.count();
  };
  return {
    push(chunk) {
      const clean = content.push(chunk);
      note();
      holding.look();
      return clean.length === 0 || sink.onData(clean);
    },
    end() {
      holding.stop();
      const rest = content.end();
      note();
      if (rest.length > 0) sink.onData(rest);
    },
    stop: holding.stop,
  };
}

/** What is held of some content, looked at after each chunk. */
export interface Hold {
  /** Whether anything waits. */
  look(): boolean;
  stop(): void;
}

/**
 * Calls `onRelease` when a few bytes have waited for their rest in vain: binary messages may end in any byte, and their
 * receiver may be waiting for it. A longer beginning is no accident.
 */
export function createHold(content: RedactedContent, onRelease: () => void): Hold {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    look() {
      const held = content.held();
      if (timer !== undefined) stop();
      if (held > 0 && content.begun() <= mostReleased) timer = setTimeout(onRelease, patience).unref();
      return held > 0;
    },
    stop,
  };
}
