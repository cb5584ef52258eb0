import type { Socket } from 'node:net';
import { PaiError, type RawHeaders, toPaiError, type UpstreamRequest } from '@pai/core';
import { formatLastChunk } from '../http1/format-response-head.ts';
import type { ResponseHeadLine } from '../http1/response-head.ts';
import { createResponseReader, type ResponseReader } from '../http1/response-reader.ts';
import type { Connection } from './connection.ts';

/** Who receives a response. After `onEnd` or `onError` nothing more comes. */
export interface ResponseSink {
  /** An interim response (1xx, neither 100 nor 101). */
  onInterim(head: ResponseHeadLine): void;
  /** `isEmpty`: HTTP/2 said with the head that neither content nor trailers follow. */
  onHead(head: ResponseHeadLine, isEmpty?: boolean): void;
  /** The service switched protocols as the request asked. The connection is the receiver's from now on, and paused. */
  onSwitch(head: ResponseHeadLine, socket: Socket): void;
  /** False: the response is paused until the call's `resume`. */
  onData(chunk: Buffer): boolean;
  onEnd(trailers: RawHeaders): void;
  /** `isUntouched`: no byte of a response had come. `resetCode`: HTTP/2's, where the service gave one. */
  onError(error: PaiError, isUntouched?: boolean, resetCode?: number): void;
}

/** One request on its way. */
export interface Call {
  /** Writes request content; false means wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  end(trailers: RawHeaders): void;
  onDrain(listener: () => void): void;
  /** Goes on with a paused response. */
  resume(): void;
  /** Gives the request up; the sink hears nothing more. */
  abort(): void;
}

/** What became of the connection when a call was over. */
export type Release = (connection: Connection, isReusable: boolean, headers: RawHeaders) => void;

/** A request that is ready to be sent on a connection. */
export interface Start {
  readonly connection: Connection;
  readonly request: UpstreamRequest;
  /** The head of `request`, as it is written. */
  readonly head: string;
  readonly release: Release;
}

/**
 * Occupies a vacant connection, writes a head to it, and reads the response into `sink`. When the connection is lost before
 * a byte of a response has come, `again` is asked for another call in place of this one.
 */
export function startCall(
  { connection, request, head, release }: Start,
  sink: ResponseSink,
  again?: () => Call,
): Call {
  const { socket } = connection;
  let successor: Call | undefined;
  // Made with the first byte of the response: what a request waits with is what a thousand of them hold.
  let reader: ResponseReader | undefined;
  const isChunked = request.body.length === undefined;
  let isSent = request.body.length === 0;
  let responseHeaders: RawHeaders = [];
  let isOver = false;
  let drains: (() => void)[] | undefined;

  const finish = (isReusable: boolean) => {
    isOver = true;
    release(connection, isReusable && isSent, responseHeaders);
  };
  const fail = (thrown: unknown) => {
    if (isOver) return;
    finish(false);
    const error = toPaiError(thrown, `the connection to ${request.host} failed`);
    const isUntouched = reader === undefined;
    if (isUntouched && error.code === 'upstream_unreachable') successor = again?.();
    if (successor === undefined) sink.onError(error, isUntouched);
  };
  const readerOf = () =>
    createResponseReader(request, {
      onInterim: (head) => {
        if (head.status !== 100) sink.onInterim(head);
      },
      onSwitch(head, rest) {
        isOver = true;
        socket.pause();
        sink.onSwitch(head, connection.release(rest));
      },
      onHead: (head) => {
        responseHeaders = head.headers;
        sink.onHead(head);
      },
      onData: (chunk) => void (sink.onData(chunk) || socket.pause()),
      onEnd: (trailers, isReusable) => {
        finish(isReusable);
        sink.onEnd(trailers);
      },
    });
  const giveUp = (thrown: unknown) => {
    if (isOver) socket.destroy();
    else fail(thrown);
  };

  connection.occupy({
    onData(chunk) {
      try {
        reader ??= readerOf();
        reader.feed(chunk);
      } catch (thrown) {
        giveUp(thrown);
      }
    },
    onDrain() {
      for (const listener of drains ?? []) listener();
    },
    onEnd() {
      if (reader === undefined) return fail(reset(request.host));
      try {
        reader.close();
      } catch (thrown) {
        giveUp(thrown);
      }
    },
    onLost: (error) => fail(reset(request.host, error)),
  });
  socket.write(head, 'latin1');

  return {
    write(chunk) {
      if (isOver || chunk.length === 0) return true;
      return isChunked ? writeChunk(socket, chunk) : socket.write(chunk);
    },
    end(trailers) {
      isSent = true;
      if (isChunked && !isOver) socket.write(formatLastChunk(trailers), 'latin1');
    },
    onDrain(listener) {
      drains ??= [];
      drains.push(listener);
    },
    resume() {
      if (isOver) successor?.resume();
      else socket.resume();
    },
    abort() {
      if (isOver) successor?.abort();
      else finish(false);
    },
  };
}

function writeChunk(socket: Socket, chunk: Buffer): boolean {
  socket.cork();
  socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
  socket.write(chunk);
  const isRoomy = socket.write('\r\n', 'latin1');
  socket.uncork();
  return isRoomy;
}

function reset(host: string, cause?: NodeJS.ErrnoException): PaiError {
  const { code } = cause ?? {};
  const what =
    code === undefined ? `${host} closed the connection` : `the connection to ${host} was lost (${code})`;
  return new PaiError('upstream_unreachable', `${what} before its response was complete`, { cause });
}
