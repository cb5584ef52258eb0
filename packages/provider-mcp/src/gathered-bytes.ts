/** Bytes that come in pieces, however small, in at most twice the memory that they take. */
export interface GatheredBytes {
  readonly size: () => number;
  readonly add: (piece: Uint8Array) => void;
  /** All of them; there are none after it. */
  readonly take: () => Buffer;
}

/** Starts with none. */
export function gatherBytes(): GatheredBytes {
  const none = Buffer.alloc(0);
  let room = none;
  let size = 0;
  return {
    size: () => size,
    add: (piece) => {
      const needed = size + piece.length;
      if (needed > room.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * room.length));
        room.copy(larger, 0, 0, size);
        room = larger;
      }
      room.set(piece, size);
      size = needed;
    },
    take: () => {
      const bytes = room.subarray(0, size);
      room = none;
      size = 0;
      return bytes;
    },
  };
}
