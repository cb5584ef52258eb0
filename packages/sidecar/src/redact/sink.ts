import { getHeader, getHeaders } from '@pai/core';
import type { ResponseHeadLine } from '../http1/response-head.ts';
import type { ResponseSink } from '../upstream/call.ts';
import { type Coding, codingOf } from './decode.ts';
import { createEncodedSink } from './encoded.ts';
import { createPlainSink, noteMasks, type RedactingSink, type Redaction } from './plain.ts';

/**
 * Masks the Provider's credentials in the head, the content and the trailers of a response before `sink` gets them, and
 * counts them in the event. What cannot be searched goes on, and the event says so.
 */
export function createRedactingSink(
  method: string,
  sink: ResponseSink,
  redaction: Redaction,
): ResponseSink & RedactingSink {
  const { redactor, event, onRoom } = redaction;
  let content: RedactingSink | undefined;
  return {
    onInterim(head) {
      noteMasks(event, redactor.headers(head.headers));
      sink.onInterim(head);
    },
    onSwitch(head, socket) {
      noteMasks(event, redactor.headers(head.headers));
      event.unscanned = 'it is a connection of another protocol';
      sink.onSwitch(head, socket);
    },
    onHead(head, isEmpty) {
      noteMasks(event, redactor.headers(head.headers));
      content =
        isEmpty === true ? createPlainSink(sink, redaction) : contentSinkFor(method, head, sink, redaction);
      content.onHead(head, isEmpty);
    },
    onData: (chunk) => content?.onData(chunk) ?? true,
    onEnd(trailers) {
      if (trailers.length > 0) noteMasks(event, redactor.headers(trailers));
      content?.onEnd(trailers);
    },
    onError: (...failure) => (content ?? sink).onError(...failure),
    resume: () => (content === undefined ? onRoom() : content.resume()),
    close: () => content?.close(),
  };
}

function contentSinkFor(
  method: string,
  head: ResponseHeadLine,
  sink: ResponseSink,
  redaction: Redaction,
): RedactingSink {
  const coding = findCoding(method, head);
  if (coding === 'plain') return createPlainSink(sink, redaction);
  if (typeof coding === 'object') {
    redaction.event.unscanned = coding.unscanned;
    return createPlainSink(sink, redaction);
  }
  return createEncodedSink(coding, sink, redaction);
}

/** How the content is encoded, or why it cannot be searched. */
function findCoding(
  method: string,
  { status, headers }: ResponseHeadLine,
): Coding | 'plain' | { readonly unscanned: string } {
  const messages = getHeader(headers, 'grpc-encoding')?.trim().toLowerCase() ?? 'identity';
  if (messages !== 'identity') return { unscanned: 'its gRPC messages are compressed' };
  if (getHeader(headers, 'content-encoding') === undefined) return 'plain';
  const names = getHeaders(headers, 'content-encoding').flatMap((value) => value.split(','));
  const codings = names.filter((name) => !/^\s*(?:identity)?\s*$/i.test(name));
  const [first] = codings;
  const hasContent = method !== 'HEAD' && status !== 204 && status !== 304;
  if (first === undefined || !hasContent) return 'plain';
  if (codings.length > 1) return { unscanned: 'its content is encoded more than once' };
  if (status === 206) return { unscanned: 'it is a part of encoded content' };
  return codingOf(first) ?? { unscanned: 'its content encoding is not known' };
}
