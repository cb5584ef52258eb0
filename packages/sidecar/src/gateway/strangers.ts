import type { Socket } from 'node:net';

/** Connections whose clients have not shown a key yet. */
export interface Strangers {
  add(socket: Socket): void;
  /** The client has a key: `socket`, or what TLS has made of it, makes room for nobody any more. */
  remove(socket: Socket): void;
  /** Cuts off the one that has been one for longest. False: there is none. */
  evict(): boolean;
}

/** Knows none. */
export function createStrangers(): Strangers {
  const known = new Map<string, Socket>();
  return {
    add(socket) {
      const flow = flowOf(socket);
      known.set(flow, socket);
      socket.once('close', () => {
        if (known.get(flow) === socket) known.delete(flow);
      });
    },
    remove: (socket) => void known.delete(flowOf(socket)),
    evict() {
      const [oldest] = known;
      if (oldest === undefined) return false;
      const [flow, socket] = oldest;
      known.delete(flow);
      socket.destroy();
      return true;
    },
  };
}

/** Names a connection: Node's TLS server does not say which socket a secured one stands on. */
function flowOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress}:${localPort} ${remoteAddress}:${remotePort}`;
}
