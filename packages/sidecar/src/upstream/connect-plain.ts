import net, { type Socket } from 'node:net';
import { PaiError } from '@pai/core';
import { type Connect, type Destination, dialInTurn, keepAliveDelay, protocolRefusal } from './connect.ts';

/**
 * Opens connections in clear, for what carries no credential. HTTP/1.1 only. Dials as TLS does. Rejects with
 * `upstream_unreachable`, without an address.
 */
export function createPlainConnect(timeout: number): Connect {
  return async ({ host }, destinations, protocol) => {
    if (protocol !== 'http/1.1') throw protocolRefusal(host, protocol);
    return dialInTurn({ host, destinations, timeout }, (destination, left) => dial(host, destination, left));
  };
}

function dial(host: string, { address, port }: Destination, timeout: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = net.connect({ host: address, port, noDelay: true, timeout });
  socket.setKeepAlive(true, keepAliveDelay);
  const fail = (code: string) => {
    socket.destroy();
    reject(new PaiError('upstream_unreachable', `${host} cannot be reached (${code})`));
  };
  socket.once('timeout', () => fail('ETIMEDOUT'));
  socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'error'));
  socket.once('connect', () => {
    socket.setTimeout(0);
    socket
      .removeAllListeners('timeout')
      .removeAllListeners('error')
      .on('error', () => {});
    resolve(socket);
  });
  return promise;
}
