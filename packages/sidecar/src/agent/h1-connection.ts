import type { Socket } from 'node:net';
import { isPaiError, PaiError } from '@pai/core';
import { requestLine } from '../http1/grammar.ts';
import { createHeadReader } from '../http1/head-reader.ts';
import { maxRequestHead } from '../http1/limits.ts';
import { malformed } from '../http1/protocol-error.ts';
import { reasonPhrases } from '../http1/reason-phrases.ts';
import { parseRequestHead, type RequestHeadLine } from '../http1/request-head.ts';
import type { Deadlines, Waiting } from './deadlines.ts';
import { createTurn, type Turn, type TurnOptions, type Wire } from './h1-turn.ts';

/** The method and target of a request, as far as they could be read. */
export interface FirstLine {
  readonly method: string;
  readonly target: string;
}

/** What serves HTTP/1.1 connections. */
export interface H1ConnectionOptions extends TurnOptions {
  readonly deadlines: Deadlines;
  /** Takes the connection after a CONNECT; `rest` came with it. Left out, it is a request like any other. */
  readonly connect?: ((socket: Socket, line: RequestHeadLine, rest: Buffer) => void) | undefined;
  /** Bytes that are no request, or a head that did not come in time, were answered with `error.status`. */
  readonly onMalformed: (socket: Socket, line: FirstLine, error: PaiError) => void;
}

/** A connection that serves one request at a time (RFC 9112 section 9.3). */
export interface H1Connection {
  /** Closes it now when it is idle, else after its response. */
  close(): void;
}

const nothing = Buffer.alloc(0);
const headLimits = {
  limit: maxRequestHead,
  tooLarge: () =>
    new PaiError('headers_too_large', `the request head is larger than ${maxRequestHead} bytes`),
  fail: malformed,
};

/** Serves `socket` until it closes; `onClose` is called then. */
export function serveH1Connection(
  socket: Socket,
  options: H1ConnectionOptions,
  onClose: () => void,
): H1Connection {
  const heads = createHeadReader(headLimits);
  /** Bytes whose turn has not come. */
  let pending: Buffer | undefined;
  let turn: Turn | undefined;
  let turns = 0;
  let isClosing = false;
  let hasSaidFarewell = false;
  let isReleased = false;

  const take = (bytes: Buffer) => {
    let rest = bytes;
    while (rest.length > 0 && !hasSaidFarewell) {
      if (turn === undefined) rest = takeHead(rest);
      else if (turn.wantsContent()) rest = turn.take(rest);
      else {
        pending = pending === undefined ? rest : Buffer.concat([pending, rest]);
        // Small requests may wait unpaused, so that an agent that leaves is seen to.
        if (pending.length > maxRequestHead) socket.pause();
        return;
      }
    }
  };
  const takeHead = (bytes: Buffer): Buffer => {
    let text: string | undefined;
    try {
      const found = heads.feed(bytes);
      if (found === undefined) return nothing;
      text = found.text;
      begin(parseRequestHead(text), found.rest);
      return isReleased ? nothing : found.rest;
    } catch (thrown) {
      refuse(thrown, text);
      return nothing;
    }
  };
  const begin = (line: RequestHeadLine, rest: Buffer) => {
    turns += 1;
    if (line.method === 'CONNECT' && options.connect !== undefined)
      return options.connect(wire.release(), line, rest);
    turn = createTurn(line, wire, options);
    return turn.begin();
  };
  const refuse = (thrown: unknown, text = '') => {
    const error = isPaiError(thrown) ? thrown : malformed('a head that cannot be read');
    const [, method = '', target = ''] = requestLine.exec(text) ?? [];
    options.onMalformed(socket, { method, target }, error);
    wire.sayFarewell(error.status);
  };

  const wire: Wire = {
    socket,
    isClosing: () => isClosing,
    resume() {
      const bytes = pending;
      pending = undefined;
      if (bytes !== undefined) take(bytes);
      if (pending === undefined) socket.resume();
    },
    next() {
      turn = undefined;
      if (isClosing) wire.sayFarewell();
      else wire.resume();
    },
    sayFarewell(status) {
      hasSaidFarewell = true;
      if (status !== undefined && socket.writable) socket.write(bareResponse(status), 'latin1');
      socket.end();
      // What still comes is read and thrown away, so that the farewell is not lost to a reset.
      socket.resume();
    },
    release() {
      isReleased = true;
      socket.off('data', take).off('end', onEnd).off('drain', onDrain);
      socket.pause();
      if (pending !== undefined) socket.unshift(pending);
      return socket;
    },
  };
  const onEnd = () => {
    // An agent that ends its side while it waits is gone, as it is for every common proxy.
    if (turn === undefined || hasSaidFarewell) socket.end();
    else socket.destroy();
  };
  const onDrain = () => turn?.onDrain();
  socket.on('data', take).on('end', onEnd).on('drain', onDrain);

  const waitingFor = (): Waiting => {
    if (isReleased) return 'service';
    if (hasSaidFarewell || turn?.isAnswered() === true) return 'farewell';
    if (turn === undefined) return heads.isPartial() ? 'head' : 'request';
    if (socket.writableLength > 0) return 'taking';
    return turn.wantsContent() && !socket.isPaused() ? 'content' : 'service';
  };
  const unwatch = options.deadlines.watch({
    waitingFor,
    progress(waiting) {
      if (waiting === 'taking') return socket.bytesWritten;
      return waiting === 'content' ? socket.bytesRead : turns;
    },
    onLate(waiting) {
      if (waiting === 'head') return refuse(late('a request head that was not finished in time'));
      if (waiting === 'request') return wire.sayFarewell();
      if (waiting === 'content') turn?.fail(late('content that stopped coming'));
      if (waiting === 'taking') turn?.fail(late('nothing that took the response'));
      return socket.destroy();
    },
  });
  socket.once('close', () => {
    unwatch();
    turn?.onClose();
    onClose();
  });
  return {
    close() {
      isClosing = true;
      if (turn === undefined && !isReleased && !heads.isPartial()) wire.sayFarewell();
    },
  };
}

function late(what: string): PaiError {
  return new PaiError('agent_timeout', `the agent sent ${what}; the connection was closed`);
}

function bareResponse(status: number): string {
  return `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
