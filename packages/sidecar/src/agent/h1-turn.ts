import type { Socket } from 'node:net';
import { isPaiError, type PaiError } from '@pai/core';
import { malformed } from '../http1/protocol-error.ts';
import type { RequestHeadLine } from '../http1/request-head.ts';
import { cutOff } from './cut-off.ts';
import { createEnding, type Handle } from './exchange.ts';
import { formatRefusal } from './format-refusal.ts';
import { type ContentFlow, createH1Content, noH1Content } from './h1-content.ts';
import { type Aimed, createH1Exchange, headOf } from './h1-exchange.ts';
import { createH1Response } from './h1-response.ts';
import type { RequestHead } from './read-request.ts';

/** Who takes requests. */
export interface TurnOptions {
  readonly handle: Handle;
  /** What a request is for. */
  readonly aim: (head: RequestHead, socket: Socket) => Aimed;
  readonly agent: string | undefined;
}

/** What a turn asks of its connection. */
export interface Wire {
  readonly socket: Socket;
  readonly isClosing: () => boolean;
  /** Gives the turn the bytes that wait for it, and more as they come. */
  resume(): void;
  /** Request and response are over, and the connection can carry another. */
  next(): void;
  /** The connection carries nothing more, but for `lastWords`. */
  sayFarewell(lastWords?: string): void;
  /** Gives the connection away. */
  release(): Socket;
}

/** One request and its response on a connection. */
export interface Turn {
  /** Hands the request over, once the connection knows of this turn. */
  begin(): void;
  /** Whether it reads content now. If not, bytes must wait. */
  readonly wantsContent: () => boolean;
  /** Takes bytes of the content, and gives those after it. */
  take(bytes: Buffer): Buffer;
  onDrain(): void;
  /** Whether the response is over and only the rest of the content is awaited. */
  readonly isAnswered: () => boolean;
  /** Gives the request up for what the agent did. */
  fail(error: PaiError): void;
  /** The connection has closed. */
  onClose(): void;
}

/** Makes the exchange of the request with the head `line`. */
export function createTurn(line: RequestHeadLine, wire: Wire, { handle, aim, agent }: TurnOptions): Turn {
  const { socket } = wire;
  const { fields } = line;
  const ending = createEnding();
  let drain: (() => void) | undefined;
  let awaitsContinue = fields.expectsContinue;
  let isAnswered = false;
  let isSwitched = false;

  const flow = (): ContentFlow => ({
    onOpen() {
      if (awaitsContinue && !response.isStarted()) socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
      awaitsContinue = false;
    },
    pause: () => void socket.pause(),
    resume: wire.resume,
  });
  const content = fields.framing.kind === 'none' ? noH1Content : createH1Content(fields.framing, flow());
  const response = createH1Response(socket, {
    method: line.method,
    minor: fields.minor,
    // An agent that was not told to continue may send its content or not: the connection cannot be read on.
    isKept: () => !wire.isClosing() && !awaitsContinue && fields.takesAnother,
    onSent(isKept) {
      isAnswered = true;
      ending.settle('complete');
      if (!isKept) return wire.sayFarewell();
      if (content.isComplete()) return wire.next();
      content.discard();
      return wire.resume();
    },
  });
  const fail = (error: PaiError) => {
    ending.settle(error);
    content.fail(error);
    if (response.isStarted()) cutOff(socket);
    else wire.sayFarewell(formatRefusal(error, head));
  };
  const head = headOf(line, content.body);
  const aimed = aim(head, socket);
  const exchange = createH1Exchange({
    socket,
    head,
    aimed,
    agent,
    response,
    ending,
    onDrain: (listener) => {
      drain = listener;
    },
    release() {
      isSwitched = true;
      return wire.release();
    },
  });
  return {
    begin: () => (aimed.handle ?? handle)(exchange),
    wantsContent: () => !content.isComplete() && content.isOpen(),
    take(bytes) {
      try {
        const rest = content.feed(bytes);
        if (content.isComplete() && isAnswered) wire.next();
        return rest;
      } catch (thrown) {
        fail(isPaiError(thrown) ? thrown : malformed('content that cannot be read'));
        return bytes.subarray(bytes.length);
      }
    },
    onDrain: () => drain?.(),
    isAnswered: () => isAnswered,
    fail,
    onClose() {
      ending.settle(isSwitched ? 'complete' : 'gone');
      if (!content.isComplete()) content.fail(malformed('content that was cut off'));
    },
  };
}
