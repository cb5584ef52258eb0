import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { isPaiError, PaiError } from '@pai/core';
import { requestLine } from '../http1/grammar.ts';
import { createHeadReader } from '../http1/head-reader.ts';
import { maxRequestHead } from '../http1/limits.ts';
import { malformed } from '../http1/protocol-error.ts';
import { createFieldsReader, type ReadFields } from '../http1/request-fields.ts';
import { parseRequestHead, type RequestHeadLine } from '../http1/request-head.ts';
import type { Deadlines, Waiting } from './deadlines.ts';
import { formatRefusal } from './format-refusal.ts';
import { createTurn, type TurnOptions } from './h1-turn.ts';
import { createWire, type WireState, waitingFor } from './h1-wire.ts';

/** The method and target of a request, as far as they could be read, and what its refusal calls it. */
export interface FirstLine {
  readonly id: string;
  readonly method: string;
  readonly target: string;
}

/** What serves HTTP/1.1 connections. */
export interface H1ConnectionOptions extends TurnOptions {
  readonly deadlines: Deadlines;
  /** Reads fields that are not those which the same connection sent before. */
  readonly readFields: ReadFields;
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
export function createH1Connection(
  socket: Socket,
  options: H1ConnectionOptions,
  onClose: () => void,
): H1Connection {
  const heads = createHeadReader(headLimits);
  const readFields = createFieldsReader(options.readFields);
  const state: WireState = { turns: 0, isClosing: false, hasSaidFarewell: false, isReleased: false };

  const take = (bytes: Buffer) => {
    let rest = bytes;
    while (rest.length > 0 && !state.hasSaidFarewell) {
      if (state.turn === undefined) rest = takeHead(rest);
      else if (state.turn.wantsContent()) rest = state.turn.take(rest);
      else {
        state.pending = state.pending === undefined ? rest : Buffer.concat([state.pending, rest]);
        // Small requests may wait unpaused, so that an agent that leaves is seen to.
        if (state.pending.length > maxRequestHead) socket.pause();
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
      begin(parseRequestHead(text, readFields), found.rest);
      return state.isReleased ? nothing : found.rest;
    } catch (thrown) {
      refuse(thrown, text);
      return nothing;
    }
  };
  const begin = (line: RequestHeadLine, rest: Buffer) => {
    state.turns += 1;
    if (line.method === 'CONNECT' && options.connect !== undefined)
      return options.connect(wire.release(), line, rest);
    state.turn = createTurn(line, wire, options);
    return state.turn.begin();
  };
  const refuse = (thrown: unknown, text = '') => {
    const error = isPaiError(thrown) ? thrown : malformed('a head that cannot be read');
    const [, method = '', target = ''] = requestLine.exec(text) ?? [];
    const line = { id: randomUUID(), method, target };
    options.onMalformed(socket, line, error);
    wire.sayFarewell(formatRefusal(error, line));
  };
  const onLate = (waiting: Waiting) => {
    if (waiting === 'head') return refuse(late('a request head that was not finished in time'));
    if (waiting === 'request') return wire.sayFarewell();
    if (waiting === 'content') state.turn?.fail(late('content that stopped coming'));
    if (waiting === 'taking') state.turn?.fail(late('nothing that took the response'));
    return socket.destroy();
  };

  const wire = createWire(socket, state, take);
  const unwatch = options.deadlines.watch({
    waitingFor: () => waitingFor(socket, state, heads.isPartial()),
    progress(waiting) {
      if (waiting === 'taking') return socket.bytesWritten;
      return waiting === 'content' ? socket.bytesRead : state.turns;
    },
    onLate,
  });
  socket.once('close', () => {
    unwatch();
    state.turn?.onClose();
    onClose();
  });
  return {
    close() {
      state.isClosing = true;
      if (state.turn === undefined && !state.isReleased && !heads.isPartial()) wire.sayFarewell();
    },
  };
}

function late(what: string): PaiError {
  return new PaiError('agent_timeout', `the agent sent ${what}; the connection was closed`);
}
