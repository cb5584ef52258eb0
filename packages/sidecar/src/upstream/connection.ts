import type tls from 'node:tls';

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
  readonly socket: tls.TLSSocket;
  occupy(occupant: Occupant): void;
  /** Leaves the connection to nobody: whatever happens on it then makes it useless and destroys it. */
  vacate(): void;
}

/** A vacant connection. */
export function createConnection(socket: tls.TLSSocket): Connection {
  const drop = () => void socket.destroy();
  const nobody: Occupant = { onData: drop, onDrain: () => {}, onEnd: drop, onLost: drop };
  let current = nobody;
  socket.on('data', (chunk: Buffer) => current.onData(chunk));
  socket.on('drain', () => current.onDrain());
  socket.on('end', () => current.onEnd());
  socket.on('error', (error) => current.onLost(error));
  socket.on('close', () => current.onLost());
  return {
    socket,
    occupy(occupant) {
      current = occupant;
    },
    vacate() {
      current = nobody;
    },
  };
}
