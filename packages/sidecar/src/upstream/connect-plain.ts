import net from 'node:net';
import { PaiError } from '@pai/core';
import { type Connect, protocolRefusal } from './connect.ts';

/** Opens connections in clear, for what carries no credential. HTTP/1.1 only. Rejects with `upstream_unreachable`, without an address. */
export function createPlainConnect(timeout: number): Connect {
  return async ({ host }, destinations, protocol) => {
    if (protocol !== 'http/1.1') throw protocolRefusal(host, protocol);
    const [destination] = destinations;
    if (destination === undefined) throw new PaiError('upstream_unreachable', `${host} has no address`);
    const { address, port } = destination;
    const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
    const socket = net.connect({ host: address, port, noDelay: true, timeout });
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
  };
}
