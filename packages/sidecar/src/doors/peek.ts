import type { Socket } from 'node:net';
import { PaiError } from '@pai/core';

/** Milliseconds in which the first bytes of a connection must have come. */
const defaultDeadline = 10_000;

/**
 * Looks at the first bytes of a connection and puts them back: whoever takes it next gets them whole. `read` gives what
 * it saw, or how many bytes it must have. Rejects with what `read` throws, and with `malformed_request` when the
 * connection ends or `deadline` (milliseconds) passes after some bytes; gives undefined when none came.
 */
export function peek<T extends object>(
  socket: Socket,
  read: (bytes: Buffer) => T | number,
  deadline = defaultDeadline,
): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const chunks: Buffer[] = [];
  let have = 0;
  let needs = 1;
  const settle = (finish: () => void) => {
    clearTimeout(timer);
    socket.off('data', take).off('end', leave).off('close', leave).pause();
    finish();
  };
  const fail = (why: string) =>
    settle(() =>
      have === 0 ? resolve(undefined) : reject(new PaiError('malformed_request', `the connection ${why}`)),
    );
  const leave = () => fail('ended before its first message was whole');
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    have += chunk.length;
    if (have < needs) return;
    const bytes = Buffer.concat(chunks);
    try {
      const seen = read(bytes);
      if (typeof seen === 'number') {
        needs = seen;
        return;
      }
      settle(() => {
        socket.unshift(bytes);
        resolve(seen);
      });
    } catch (thrown) {
      settle(() => reject(thrown));
    }
  };
  const timer = setTimeout(() => fail('did not send its first message in time'), deadline);
  socket.on('data', take).on('end', leave).on('close', leave).resume();
  return promise;
}

/** Whether the first bytes of a connection are TLS; not, when it ends before any came. Rejects as `peek`. */
export async function beginsTls(socket: Socket): Promise<boolean> {
  const seen = await peek(socket, (bytes) => ({ isTls: bytes[0] === handshakeRecord }));
  return seen?.isTls === true;
}

/** The content type of a TLS record that carries a handshake (RFC 8446 section 5.1). */
export const handshakeRecord = 22;
