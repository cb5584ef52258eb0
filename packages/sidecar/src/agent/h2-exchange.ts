import { constants, type ServerHttp2Stream } from 'node:http2';
import { deleteHeader, getHeader, PaiError, type RawHeaders } from '@pai/core';
import { createEnding, type Exchange, type ExchangeEnd } from './exchange.ts';
import type { H2Head } from './h2-head.ts';
import type { H2Limits } from './h2-limits.ts';
import type { WatchedSession } from './h2-session.ts';
import { factsOf, readRequest } from './read-request.ts';
import type { Stallable, StallWatch } from './stall-watch.ts';

/** Milliseconds in which an agent that reads takes a reset. */
const resetTime = 1_000;

/** What an exchange needs from its server. */
export interface H2ExchangeOptions {
  readonly agent: string | undefined;
  readonly limits: H2Limits;
  readonly stalls: StallWatch;
}

/** One HTTP/2 request and its response. */
export function createH2Exchange(
  stream: ServerHttp2Stream,
  head: H2Head,
  session: WatchedSession,
  { agent, limits, stalls }: H2ExchangeOptions,
): Exchange {
  const { connection } = session;
  const ending = createEnding();
  let isBodiless = false;
  let isAborted = false;
  let trailing: RawHeaders = [];
  let drain: (() => void) | undefined;

  const isDead = () => stream.destroyed || stream.closed;
  const settle = () => ending.settle(isSent(stream) ? 'complete' : lostBy(stream));
  // Node ends the content of a request that the agent resets with NO_ERROR as if it were whole: `aborted` comes before that.
  // Then it waits for what was written, which nobody takes any more; of other codes it destroys the stream itself. A stream
  // that is destroyed before a reset of ours is sent has it send empty frames for ever.
  const onAborted = () => {
    settle();
    if (!isAborted && stream.rstCode === constants.NGHTTP2_NO_ERROR) stream.destroy();
  };
  // Of other ends its reader would hear as of a failure of its own.
  stream.once('aborted', onAborted).once('error', settle);
  stream.once('close', () => {
    stalls.stop(stall);
    session.leave(!isSent(stream) && !isAborted);
    settle();
    // Node may keep a stream until the whole heap is collected, but not what it was for.
    stream.off('aborted', onAborted).off('error', settle);
    drain = undefined;
  });
  const stall: Stallable = {
    index: 0,
    since: undefined,
    isLost: () => stream.closed && isForgotten(stream),
    onLost: () => void stream.destroy(),
    onStall() {
      isAborted = true;
      ending.settle(new PaiError('agent_timeout', 'the agent stopped taking the response'));
      stream.close(constants.NGHTTP2_CANCEL);
      if (!stream.destroyed) setTimeout(() => stream.destroyed || session.cut(), resetTime).unref();
    },
  };
  const onDrain = () => {
    stalls.stop(stall);
    drain?.();
  };
  const sendTrailers = () => void (isDead() || stream.sendTrailers(fieldsOf(trailing, head.isGrpc)));

  return {
    isGrpc: head.isGrpc,
    facts: () => factsOf(head, connection, agent),
    read() {
      if (head.scheme !== 'https' && head.method !== 'CONNECT') throw malformed('the :scheme is not https');
      if (head.authority !== undefined && !head.target.startsWith('/') && head.method !== 'CONNECT')
        throw malformed('the :path does not start with a slash');
      if (head.size > limits.headerBytes)
        throw new PaiError('headers_too_large', `the header list is over ${limits.headerBytes} bytes`);
      return readRequest(head, connection, agent);
    },
    inform(status, headers) {
      // A hint that is too large for HTTP/2 is one that the agent can do without.
      if (!isDead() && !stream.headersSent && isSendable(headers))
        stream.additionalHeaders({ ':status': status, ...fieldsOf(headers, head.isGrpc) });
    },
    start(status, headers, isEmpty = false) {
      if (isDead()) return;
      if (!isSendable(headers)) throw new RangeError(`a head of more than ${longestHead} bytes`);
      isBodiless = isEmpty || head.method === 'HEAD' || status === 204 || status === 205 || status === 304;
      // Node sends these without content, whose length would then be a lie (RFC 9113 section 8.1.1).
      if (status === 204 || status === 205) deleteHeader(headers, 'content-length');
      const waitForTrailers = !isBodiless && (head.isGrpc || mayHaveTrailers(headers));
      if (waitForTrailers) stream.once('wantTrailers', sendTrailers);
      const fields = { ':status': status, ...fieldsOf(headers, head.isGrpc) };
      stream.respond(fields, { endStream: isBodiless, waitForTrailers });
    },
    write(chunk) {
      if (isBodiless || isDead() || stream.write(chunk)) return true;
      if (stream.listenerCount('drain') === 0) stream.once('drain', onDrain);
      stalls.wait(stall);
      return false;
    },
    onDrain(listener) {
      drain = listener;
    },
    end(trailers) {
      if (!isSendable(trailers)) throw new RangeError(`trailers of more than ${longestHead} bytes`);
      trailing = trailers;
      if (!isBodiless && !isDead()) stream.end();
      if (!stream.writableFinished) stalls.wait(stall);
      discardRest(stream, limits.discardDeadline);
    },
    abort(code) {
      isAborted = true;
      cut(stream, code);
    },
    onClose: ending.onClose,
  };
}

/** An agent that hangs up on the last byte keeps `finish` from coming; the stream has then closed without an error. */
function isSent(stream: ServerHttp2Stream): boolean {
  const isEnded =
    stream.writableFinished || (stream.writableEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR);
  return isEnded && stream.headersSent;
}

/**
 * Whether the parser has no such stream any more. Node waits for what was written to one that its agent reset with NO_ERROR,
 * and does not say so where content had ended both ways.
 */
function isForgotten({ state }: ServerHttp2Stream): boolean {
  return state.state === constants.NGHTTP2_STREAM_STATE_IDLE;
}

/** Before a response, only the parser ends a stream with that code: what came was no request. */
function lostBy(stream: ServerHttp2Stream): ExchangeEnd {
  if (stream.headersSent || stream.rstCode !== constants.NGHTTP2_PROTOCOL_ERROR) return 'gone';
  return malformed('the content of the request is not HTTP/2');
}

/** Some clients take for whole what ends without an error. */
function cut(stream: ServerHttp2Stream, code: number = constants.NGHTTP2_INTERNAL_ERROR): void {
  stream.close(code === constants.NGHTTP2_NO_ERROR ? constants.NGHTTP2_INTERNAL_ERROR : code);
}

/** A reset, even without an error, can make a client drop the response that came before it, so it comes late. */
function discardRest(stream: ServerHttp2Stream, deadline: number): void {
  // Node sees to the end of a request that has no content once the response is sent; one that is read before costs an error object.
  if (stream.readableEnded || stream.endAfterHeaders || stream.destroyed) return;
  stream.resume();
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), deadline);
  timer.unref();
  stream.once('close', () => clearTimeout(timer));
}

/** To wait for trailers costs a frame, and few responses that have a length have any; HTTP/1.1 cannot send them. */
function mayHaveTrailers(headers: RawHeaders): boolean {
  return getHeader(headers, 'content-length') === undefined || getHeader(headers, 'trailer') !== undefined;
}

/** Most bytes of a head, or of trailers, that nghttp2 sends, as it counts them. More would end the connection. */
const longestHead = 64 * 1024;

function isSendable(headers: RawHeaders): boolean {
  // With `:status` and `date`.
  let size = 128;
  for (const text of headers) size += text.length + 6;
  return size <= longestHead;
}

/** Fields that keep a line for each value; the values of others are joined (RFC 9110 section 5.3). */
const keptApart = new Set(['set-cookie', 'www-authenticate', 'proxy-authenticate']);

/** In gRPC all are kept apart: not every client takes binary metadata apart again at the commas. */
function fieldsOf(headers: RawHeaders, isGrpc: boolean): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const known = fields[name];
    if (known === undefined) fields[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else fields[name] = isGrpc || keptApart.has(name) ? [known, value] : `${known}, ${value}`;
  }
  return fields;
}

function malformed(reason: string): PaiError {
  return new PaiError('malformed_request', reason);
}
