import net, { type Socket } from 'node:net';
import type { AgentServer } from '../agent/h1.ts';
import { type Crowd, limitCrowd } from './crowd.ts';
import { type ListenAddress, listen } from './listen.ts';
import type { Door } from './tls.ts';

/** Opens a door, called `name` in errors, that speaks HTTP/1.1 in clear by `http`. Rejects with `address_in_use`. */
export async function openHttpDoor(
  at: ListenAddress,
  name: string,
  http: AgentServer,
  crowd: Crowd,
): Promise<Door> {
  const sockets = new Set<Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
    http.accept(socket);
  });
  limitCrowd(server, crowd);
  const bound = await listen(server, at, name);
  const close = () => {
    server.close();
    http.close();
  };
  const destroy = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { at: bound, close, destroy };
}
