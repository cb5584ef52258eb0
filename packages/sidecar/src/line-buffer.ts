/** Lines that wait to be written, as the bytes they will be. */
export interface LineBuffer {
  add(line: string): void;
  /** Bytes that wait. */
  readonly size: () => number;
  /** Everything that waits, which does so no longer. */
  take(): Buffer;
  /** What was taken waits again, before all else. */
  putBack(bytes: Buffer): void;
}

/** Bytes that are had at once: text that is encoded line by line need not be joined first. */
const chunkSize = 64 * 1024;

/** Most bytes of UTF-8 for a UTF-16 code unit. */
const widest = 3;

/** An empty buffer. */
export function createLineBuffer(): LineBuffer {
  let full: Buffer[] = [];
  let room = Buffer.alloc(0);
  let used = 0;
  let size = 0;

  const fill = () => {
    if (used > 0) full.push(room.subarray(0, used));
    room = room.subarray(used);
    used = 0;
  };
  return {
    add(line) {
      const needed = line.length * widest;
      if (used + needed > room.length) {
        fill();
        room = Buffer.allocUnsafeSlow(Math.max(chunkSize, needed));
      }
      const written = room.write(line, used);
      used += written;
      size += written;
    },
    size: () => size,
    take() {
      fill();
      const [only, ...others] = full;
      const taken = only !== undefined && others.length === 0 ? only : Buffer.concat(full);
      full = [];
      size = 0;
      return taken;
    },
    putBack(bytes) {
      full.unshift(bytes);
      size += bytes.length;
    },
  };
}
