/** Takes bytes as they come and gives the lines in them. */
export interface LineReader {
  readonly read: (chunk: Buffer) => void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Gives every line that ends, without its end and not when it is empty. `onOversize` is called once, for a line of more
 * than `limit` bytes, and nothing is given after it.
 */
export function createLineReader(
  limit: number,
  onLine: (line: Buffer) => void,
  onOversize: () => void,
): LineReader {
  let pending: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const finish = (last: Buffer) => {
    const line = pending.length === 0 ? last : Buffer.concat([...pending, last]);
    pending = [];
    size = 0;
    const end = line.at(-1) === carriageReturn ? line.length - 1 : line.length;
    if (end > 0) onLine(line.subarray(0, end));
  };
  const isWithin = (added: number): boolean => {
    size += added;
    if (size <= limit) return true;
    isOver = true;
    pending = [];
    onOversize();
    return false;
  };
  return {
    read(chunk) {
      let start = 0;
      while (!isOver) {
        const at = chunk.indexOf(lineFeed, start);
        const piece = chunk.subarray(start, at === -1 ? chunk.length : at);
        if (!isWithin(piece.length)) return;
        if (at === -1) {
          if (piece.length > 0) pending.push(piece);
          return;
        }
        finish(piece);
        start = at + 1;
      }
    },
  };
}
