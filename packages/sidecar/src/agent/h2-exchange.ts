import { constants, type ServerHttp2Stream } from 'node:http2';
import { getHeader, PaiError, type RawHeaders } from '@pai/core';
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
  const onAborted = () => ending.settle(lostBy(stream));
  // Node ends the content of a request that was reset with NO_ERROR as if it were whole: `aborted` comes before that.
  stream.once('aborted', onAborted);
  stream.once('close', () => {
    const isWhole = isSent(stream);
    stalls.stop(stall);
    session.leave(!isWhole && !isAborted);
    ending.settle(isWhole ? 'complete' : lostBy(stream));
    // Node may keep a stream until the whole heap is collected, but not what it was for.
    stream.off('aborted', onAborted);
    drain = undefined;
  });
  const stall: Stallable = {
    index: 0,
    since: undefined,
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
  const sendTrailers = () => {
    if (!isDead()) stream.sendTrailers(fieldsOf(trailing));
  };

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
      if (!isDead() && !stream.headersSent)
        stream.additionalHeaders({ ':status': status, ...fieldsOf(headers) });
    },
    start(status, headers, isEmpty = false) {
      if (isDead()) return;
      isBodiless = isEmpty || head.method === 'HEAD' || status === 204 || status === 205 || status === 304;
      const waitForTrailers = !isBodiless && getHeader(headers, 'content-length') === undefined;
      if (waitForTrailers) stream.once('wantTrailers', sendTrailers);
      const fields = { ':status': status, ...fieldsOf(headers) };
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
      trailing = trailers;
      if (!isBodiless && !isDead()) stream.end();
      if (!stream.writableFinished) stalls.wait(stall);
      discardRest(stream, limits.discardDeadline);
    },
    abort(code = constants.NGHTTP2_INTERNAL_ERROR) {
      isAborted = true;
      stream.close(code);
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

/** Before a response, only the parser ends a stream with that code: what came was no request. */
function lostBy(stream: ServerHttp2Stream): ExchangeEnd {
  if (stream.headersSent || stream.rstCode !== constants.NGHTTP2_PROTOCOL_ERROR) return 'gone';
  return malformed('the content of the request is not HTTP/2');
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

/** Fields that keep a line for each value; the values of others are joined (RFC 9110 section 5.3). */
const keptApart = new Set(['set-cookie', 'www-authenticate', 'proxy-authenticate']);

function fieldsOf(headers: RawHeaders): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const known = fields[name];
    if (known === undefined) fields[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else fields[name] = keptApart.has(name) ? [known, value] : `${known}, ${value}`;
  }
  return fields;
}

function malformed(reason: string): PaiError {
  return new PaiError('malformed_request', reason);
}
