import type { Socket } from 'node:net';
import { reasonPhrases } from '../http1/reason-phrases.ts';
import type { Waiting } from './deadlines.ts';
import type { Turn, Wire } from './h1-turn.ts';

/** What is known of a connection between its requests. */
export interface WireState {
  /** Bytes whose turn has not come. */
  pending?: Buffer | undefined;
  /** The request under way. */
  turn?: Turn | undefined;
  /** How many there have been. */
  turns: number;
  isClosing: boolean;
  /** Nothing more is read or written. */
  hasSaidFarewell: boolean;
  /** The connection is no longer HTTP's. */
  isReleased: boolean;
}

/** The connection as its turns see it; `take` gets every byte that comes. */
export function createWire(socket: Socket, state: WireState, take: (bytes: Buffer) => void): Wire {
  const onEnd = () => {
    // An agent that ends its side while it waits is gone, as it is for every common proxy.
    if (state.turn === undefined || state.hasSaidFarewell) socket.end();
    else socket.destroy();
  };
  const onDrain = () => state.turn?.onDrain();
  socket.on('data', take).on('end', onEnd).on('drain', onDrain);

  const wire: Wire = {
    socket,
    isClosing: () => state.isClosing,
    resume() {
      const bytes = state.pending;
      state.pending = undefined;
      if (bytes !== undefined) take(bytes);
      if (state.pending === undefined) socket.resume();
    },
    next() {
      state.turn = undefined;
      if (state.isClosing) wire.sayFarewell();
      else wire.resume();
    },
    sayFarewell(status) {
      state.hasSaidFarewell = true;
      if (status !== undefined && socket.writable) socket.write(bareResponse(status), 'latin1');
      socket.end();
      // What still comes is read and thrown away, so that the farewell is not lost to a reset.
      socket.resume();
    },
    release() {
      state.isReleased = true;
      socket.off('data', take).off('end', onEnd).off('drain', onDrain);
      socket.pause();
      if (state.pending !== undefined) socket.unshift(state.pending);
      return socket;
    },
  };
  return wire;
}

/** What a connection waits for now; `isPartial`: a head has begun to come. */
export function waitingFor(socket: Socket, state: WireState, isPartial: boolean): Waiting {
  const { turn } = state;
  if (state.isReleased) return 'service';
  if (state.hasSaidFarewell || turn?.isAnswered() === true) return 'farewell';
  if (turn === undefined) return isPartial ? 'head' : 'request';
  if (socket.writableLength > 0) return 'taking';
  return turn.wantsContent() && !socket.isPaused() ? 'content' : 'service';
}

function bareResponse(status: number): string {
  return `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
