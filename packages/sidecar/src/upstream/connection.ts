import type { Socket } from 'node:net';

/** Who has a connection for now, and hears what happens on it. */
export interface Occupant {
  onData(chunk: Buffer): void;
  onDrain(): void;
  /** The service has sent its last byte. */
  onEnd(): void;
  /** The connection is lost. */
  onLost(error?: Error): void;
}

/** A connection to a service. Its listeners are attached once; who hears them changes with every request. */
export interface Connection {
  readonly socket: Socket;
  occupy(occupant: Occupant): void;
  /** Leaves the connection to nobody: whatever happens on it then makes it useless and destroys it. */
  vacate(): void;
  /** Gives the connection away, with `unread` still to be read on it. */
  release(unread: Buffer): Socket;
}

/** A vacant connection. */
export function createConnection(socket: Socket): Connection {
  const drop = () => void socket.destroy();
  const nobody: Occupant = { onData: drop, onDrain: () => {}, onEnd: drop, onLost: drop };
  let current = nobody;
  const listeners = {
    data: (chunk: Buffer) => current.onData(chunk),
    drain: () => current.onDrain(),
    end: () => current.onEnd(),
    close: () => current.onLost(),
  };
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  socket.on('error', (error) => current.onLost(error));
  return {
    socket,
    occupy(occupant) {
      current = occupant;
    },
    vacate() {
      current = nobody;
    },
    release(unread) {
      current = { ...nobody, onLost: () => {} };
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
      if (unread.length > 0) socket.unshift(unread);
      return socket;
    },
  };
}
