import type { Fail } from './fields.ts';
import { notInHead } from './grammar.ts';

/** Finds the end of a head in bytes that come in pieces. */
export interface HeadReader {
  /**
   * Takes the next bytes. Gives undefined until the head is whole; then its text without the last empty line, and the
   * bytes after it. Throws what the reader was made with.
   */
  feed(chunk: Buffer): { readonly text: string; readonly rest: Buffer } | undefined;
  /** Whether part of a head has come. */
  readonly isPartial: () => boolean;
}

/** What a head that is none throws. */
export interface HeadLimits {
  /** Most bytes, the last empty line included. */
  readonly limit: number;
  readonly tooLarge: () => Error;
  readonly fail: Fail;
}

const carriageReturn = 13;
const nothing = Buffer.alloc(0);

/** Up to so many bytes it is quicker to read all as text, content too, and to look for the end there. */
const short = 4 * 1024;

/** Reads one head after another. */
export function createHeadReader({ limit, tooLarge, fail }: HeadLimits): HeadReader {
  const quick = Math.min(short, limit);
  let partial: Buffer | undefined;
  let known = 0;
  return {
    isPartial: () => partial !== undefined,
    feed(chunk) {
      if (partial === undefined && chunk.length <= quick) {
        const text = chunk.toString('latin1');
        const at = text.indexOf('\r\n\r\n');
        if (at !== -1) return { text: text.slice(0, at + 2), rest: after(chunk, at + 4) };
      }
      const room = partial === undefined ? chunk : append(partial, known, chunk);
      const bytes = room.subarray(0, known + chunk.length);
      const at = bytes.indexOf('\r\n\r\n', Math.max(0, known - 3));
      if (at === -1 ? bytes.length > limit : at + 4 > limit) throw tooLarge();
      if (at === -1) {
        // A carriage return at the end of what is known is judged with the byte after it.
        const from = known > 0 && bytes[known - 1] === carriageReturn ? known - 1 : known;
        if (notInHead.test(bytes.toString('latin1', from))) throw fail('a bad character in the head');
        partial = room;
        known = bytes.length;
        return undefined;
      }
      partial = undefined;
      known = 0;
      return { text: bytes.toString('latin1', 0, at + 2), rest: after(bytes, at + 4) };
    },
  };
}

/** With room for as much again, so that a head in many pieces is not copied with each of them. */
function append(partial: Buffer, known: number, chunk: Buffer): Buffer {
  const size = known + chunk.length;
  const room = size <= partial.length ? partial : Buffer.concat([partial.subarray(0, known)], 2 * size);
  chunk.copy(room, known);
  return room;
}

function after(bytes: Buffer, start: number): Buffer {
  return start === bytes.length ? nothing : bytes.subarray(start);
}
