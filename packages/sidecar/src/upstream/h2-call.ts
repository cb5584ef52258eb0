import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { PaiError, type RawHeaders, toPaiError, type UpstreamRequest } from '@pai/core';
import { checkTrailers } from '../http1/framing.ts';
import { protocolError } from '../http1/protocol-error.ts';
import type { Call, ResponseSink } from './call.ts';
import { checkH2Fields, readH2Head } from './h2-head.ts';
import { resetCodes, resetError } from './h2-reset.ts';

/** Most interim responses (1xx) before the response. */
const maxInterim = 32;

/** Flag of a frame that ends its stream (RFC 9113 section 6.2). */
const endStream = 0x1;

/** What a call tells its session. */
export interface H2CallEvents {
  /** Something of the response came. */
  onSign(): void;
  /** The stream is closed. */
  onClose(): void;
}

/** Sends `fields` as a request on a stream of its own, and reads the response to `request` into `sink`. */
export function startH2Call(
  session: ClientHttp2Session,
  request: UpstreamRequest,
  fields: readonly string[],
  sink: ResponseSink,
  { onSign, onClose }: H2CallEvents,
): Call {
  const hasTrailers = request.body.length === undefined;
  const isBare = request.body.length === 0;
  const stream = session.request(fields, { endStream: isBare, waitForTrailers: hasTrailers });
  const response = createResponse(stream, sink, onSign);
  let requestTrailers: RawHeaders = [];

  stream.once('close', () => {
    onClose();
    if (response.isOver()) return;
    if (session.destroyed) response.fail(lost(request.host));
    else response.fail(resetError(request.host, stream.rstCode), stream.rstCode);
  });
  if (hasTrailers)
    stream.once('wantTrailers', () => {
      if (!stream.destroyed && !stream.closed) stream.sendTrailers(trailersOf(requestTrailers));
    });

  const isDone = () => response.isOver() || stream.destroyed || stream.closed;
  return {
    write: (chunk) => isDone() || chunk.length === 0 || stream.write(chunk),
    end(trailers) {
      requestTrailers = trailers;
      if (!isBare && !isDone()) stream.end();
    },
    onDrain: (listener) => void stream.on('drain', listener),
    resume: () => {
      if (response.hasHead()) stream.resume();
    },
    abort() {
      if (response.isOver()) return;
      response.finish();
      stream.close(resetCodes.CANCEL);
    },
  };
}

/** The reading half. Whatever the stream says after it is over is not heard. */
function createResponse(stream: ClientHttp2Stream, sink: ResponseSink, onSign: () => void) {
  let hasHead = false;
  let isOver = false;
  let interim = 0;
  let trailers: RawHeaders = [];

  const fail = (thrown: unknown, resetCode?: number) => {
    if (isOver) return;
    isOver = true;
    if (!stream.closed) stream.close(resetCodes.CANCEL);
    sink.onError(
      toPaiError(thrown, 'the response cannot be passed on'),
      !hasHead && interim === 0,
      resetCode,
    );
  };
  const guard = (read: () => void) => {
    if (isOver) return;
    onSign();
    try {
      read();
    } catch (thrown) {
      fail(thrown);
    }
  };
  const onData = (chunk: Buffer) =>
    guard(() => {
      if (!sink.onData(chunk)) stream.pause();
    });
  const isWhole = watchEnd(stream);
  stream.on('error', () => {});
  stream.on('headers', (_fields: IncomingHttpHeaders, _flags: number, raw?: string[]) =>
    guard(() => {
      const head = readH2Head(raw ?? []);
      interim += 1;
      if (interim > maxInterim) throw protocolError(`more than ${maxInterim} interim responses`);
      if (head.status !== 100) sink.onInterim(head);
    }),
  );
  stream.once('response', (_fields: IncomingHttpHeaders, flags: number, raw?: string[]) =>
    guard(() => {
      const head = readH2Head(raw ?? []);
      if (head.status < 200) throw protocolError('an interim response and no other');
      hasHead = true;
      sink.onHead(head, (flags & endStream) !== 0);
      // Not sooner: Node may give content before the head that came with it.
      stream.on('data', onData);
    }),
  );
  stream.once('trailers', (_fields: IncomingHttpHeaders, _flags: number, raw?: string[]) =>
    guard(() => {
      trailers = raw ?? [];
      checkH2Fields(trailers);
      checkTrailers(trailers, protocolError);
    }),
  );
  stream.once('end', () => {
    if (!isWhole() || !hasHead) return;
    guard(() => {
      isOver = true;
      // What is left of the request has no reader: the service has answered.
      if (!stream.writableFinished) stream.close(resetCodes.CANCEL);
      sink.onEnd(trailers);
    });
  });
  return {
    fail,
    isOver: () => isOver,
    hasHead: () => hasHead,
    finish() {
      isOver = true;
    },
  };
}

/** Node ends a stream that is reset as if it were whole: only the order in which that happens shows the difference. */
function watchEnd(stream: ClientHttp2Stream): () => boolean {
  const push = stream.push.bind(stream);
  let isWhole = false;
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) isWhole = true;
    return push(chunk, encoding);
  };
  return () => isWhole;
}

function trailersOf(headers: RawHeaders): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
  }
  return fields;
}

function lost(host: string): PaiError {
  return new PaiError(
    'upstream_unreachable',
    `${host} closed the connection before its response was complete`,
  );
}
