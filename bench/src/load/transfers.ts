import type { TLSSocket } from 'node:tls';
import { requestHead } from '../exchange.ts';
import { connect } from './connect.ts';
import type { LoadWork, Target } from './protocol.ts';
import { createResponseReader } from './response-reader.ts';

/** Long content on one connection, one after the other. */
export async function transfer({
  target,
  direction,
  bytes,
  times,
}: Parameters<LoadWork['transfer']>[0]): Promise<{ seconds: number }> {
  const socket = await connect(target);
  try {
    const begun = performance.now();
    for (let i = 0; i < times; i += 1) await once(socket, target, direction === 'up', bytes);
    return { seconds: (performance.now() - begun) / 1_000 };
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

async function once(socket: TLSSocket, target: Target, isUpload: boolean, bytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const read = createResponseReader((status, content) => {
    if (status !== 200) reject(new Error(`status ${status}: ${content}`));
    else if (isUpload && content !== String(bytes)) reject(new Error(`of ${bytes} bytes ${content} arrived`));
    else resolve();
  });
  const onClose = () => reject(new Error('a connection was closed in the middle of a transfer'));
  socket.on('data', read).on('error', reject).on('close', onClose);
  if (isUpload) send(socket, target, bytes);
  else socket.write(requestHead({ ...target, path: `/bytes/${bytes}` }));
  await promise.finally(() => socket.off('data', read).off('error', reject).off('close', onClose));
}

const block = Buffer.alloc(65_536, 'x');

/** Sends an upload as fast as it is taken. */
function send(socket: TLSSocket, target: Target, bytes: number): void {
  socket.write(requestHead({ ...target, method: 'PUT', path: '/bytes/up', length: bytes }));
  let left = bytes;
  const fill = () => {
    while (left > 0 && !socket.destroyed) {
      const part = left < block.length ? block.subarray(0, left) : block;
      left -= part.length;
      if (!socket.write(part)) {
        socket.once('drain', fill);
        return;
      }
    }
  };
  fill();
}
