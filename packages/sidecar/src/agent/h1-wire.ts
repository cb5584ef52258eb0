import type { Socket } from 'node:net';
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
      // It may have been given away by what was among them.
      if (state.pending === undefined && !state.isReleased) socket.resume();
    },
    next() {
      state.turn = undefined;
      if (state.isClosing) wire.sayFarewell();
      else wire.resume();
    },
    sayFarewell(lastWords) {
      state.hasSaidFarewell = true;
      if (lastWords !== undefined && socket.writable) socket.write(lastWords);
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
