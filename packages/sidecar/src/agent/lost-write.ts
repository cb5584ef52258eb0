import type { Socket } from 'node:net';

/** What is read of Node's own; where it is not there, nothing is found. */
interface Inner {
  readonly _handle?: { readonly writeQueueSize?: number; readonly bytesWritten?: number } | null;
  /** The connection that TLS stands on. */
  readonly _parent?: Inner | null;
}

/**
 * Tells, from the second look on, whether a write of TLS on `socket` was lost. Once the connection beneath refuses bytes,
 * those of the next write stay in TLS for ever and its callback never comes (nodejs/node#55804): HTTP/2, which does not
 * read while it writes, then never hears that the connection is gone.
 */
export function createLostWrite(socket: Socket): () => boolean {
  let latest: number | undefined;
  return () => {
    const { _handle: secure, _parent: beneath } = socket as Inner;
    const isStuck = (secure?.writeQueueSize ?? 0) > 0 && beneath?._handle?.writeQueueSize === 0;
    const before = latest;
    latest = isStuck ? secure?.bytesWritten : undefined;
    return latest !== undefined && latest === before;
  };
}
