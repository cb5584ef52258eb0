import type { TLSSocket } from 'node:tls';
import { requestHead } from '../exchange.ts';
import { connect } from './connect.ts';
import type { LoadWork } from './protocol.ts';

/** Bytes of content that would come, if anyone read it. */
const endless = 1 << 30;

/** Streams that stand still, because this side does not read or the upstream does not. */
export interface Stalls {
  stall(order: Parameters<LoadWork['stall']>[0]): Promise<undefined>;
  close(): void;
}

/** Opens streams that stand still. */
export function createStalls(): Stalls {
  let sockets: readonly TLSSocket[] = [];
  const close = () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  };
  return {
    async stall({ target, direction, streams }) {
      close();
      sockets = await Promise.all(Array.from({ length: streams }, () => connect(target)));
      for (const socket of sockets) {
        socket.on('error', () => {});
        if (direction === 'up') push(socket, requestHead({ ...target, ...upload }));
        else socket.write(requestHead({ ...target, path: `/bytes/${endless}` }));
      }
      return undefined;
    },
    close,
  };
}

const upload = { method: 'PUT', path: '/stall', length: endless } as const;

const block = Buffer.alloc(65_536, 'x');

function push(socket: TLSSocket, head: string): void {
  const fill = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', fill);
  socket.write(head);
  fill();
}
