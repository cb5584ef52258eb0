import type { Findings, Search } from './redact-search.ts';

/** Content on its way through a redactor, in chunks that are changed in place. */
export interface RedactedContent {
  /**
   * What can go on. A tail is kept that may be the beginning of a credential, by the characters it has; of a large chunk all
   * is, which would have to be copied to be joined to the next one without its tail.
   */
  push(chunk: Buffer): Buffer;
  /** What was kept, when nothing follows. */
  end(): Buffer;
  /** How many bytes are kept that have not gone on. */
  readonly held: () => number;
  /** How many bytes the beginning of a credential has that has come so far, gone on or not. */
  readonly begun: () => number;
  /** Lets them go on. What follows is still masked if it completes a credential. */
  release(): Buffer;
  /** Masks so far. */
  readonly count: () => number;
}

const nothing = Buffer.alloc(0);

/** Bytes from which a chunk counts as large. */
const large = 16 * 1024;

/** The search in the content of one response. `current` is asked for each chunk: tokens are renewed while a stream lasts. */
export function createContent(current: () => Search | undefined): RedactedContent {
  let kept: Buffer = nothing;
  /** Where the tail of the kept bytes begins. */
  let tailFrom = 0;
  /** How many of the kept bytes have gone on. */
  let gone = 0;
  let begun = 0;
  let count = 0;

  const maskIn = (bytes: Buffer, spans: readonly number[]) => {
    mask(bytes, spans);
    count += spans.length / 2;
  };
  const pass = (bytes: Buffer, isLast: boolean): Buffer => {
    const { spans, heldFrom, begunFrom } = current()?.find(bytes, bytes.length, isLast) ?? nowhere(bytes);
    maskIn(bytes, spans);
    begun = bytes.length - begunFrom;
    const from = Math.min(gone, bytes.length);
    const to = Math.max(from, heldFrom);
    // A copy: the buffer of a whole chunk is not kept for its tail.
    kept = heldFrom === bytes.length ? nothing : Buffer.from(bytes.subarray(heldFrom));
    tailFrom = 0;
    gone = Math.max(0, gone - heldFrom);
    return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
  };
  /** Gives what is kept before the tail. */
  const takeFront = (): Buffer => {
    if (tailFrom === 0) return nothing;
    const front = kept.subarray(Math.min(gone, tailFrom), tailFrom);
    kept = kept.subarray(tailFrom);
    gone = Math.max(0, gone - tailFrom);
    tailFrom = 0;
    return front;
  };
  /** Masks what begins in the tail. */
  const maskAcross = (chunk: Buffer, { find, longest }: Search) => {
    const tail = kept.subarray(tailFrom);
    const seam = Buffer.concat([tail, chunk.subarray(0, 2 * longest)]);
    const { spans } = find(seam, seam.length, true);
    const across = spans.filter((_, i) => (spans[i - (i % 2)] as number) < tail.length);
    if (across.length === 0) return;
    maskIn(seam, across);
    seam.copy(tail, 0, 0, tail.length);
    seam.copy(chunk, 0, tail.length);
  };
  /** Gives what was kept, and keeps a large chunk in its place, or gives that too. */
  const passLarge = (chunk: Buffer, search: Search): Buffer => {
    const { spans, heldFrom, begunFrom } = search.find(chunk, chunk.length, false);
    if (kept.length > 0) maskAcross(chunk, search);
    maskIn(chunk, spans);
    begun = chunk.length - begunFrom;
    const before = kept.subarray(gone);
    const isOver = heldFrom === chunk.length;
    kept = isOver ? nothing : chunk;
    tailFrom = isOver ? 0 : heldFrom;
    gone = 0;
    return isOver ? join(before, chunk) : before;
  };

  return {
    push(chunk) {
      const search = current();
      if (search !== undefined && chunk.length >= Math.max(large, 4 * search.longest))
        return passLarge(chunk, search);
      const front = takeFront();
      return join(front, pass(join(kept, chunk), false));
    },
    end: () => (kept.length === 0 ? nothing : pass(kept, true)),
    held: () => kept.length - gone,
    begun: () => begun,
    release() {
      const released = kept.subarray(gone);
      gone = kept.length;
      return released;
    },
    count: () => count,
  };
}

/** Writes masks over what was found. */
export function mask(bytes: Buffer, spans: readonly number[]): void {
  for (let i = 0; i < spans.length; i += 2) {
    bytes.fill('x', spans[i], spans[i + 1]);
    bytes.write('redacted', spans[i] as number, 'latin1');
  }
}

function join(first: Buffer, second: Buffer): Buffer {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}

function nowhere({ length }: Buffer): Findings {
  return { spans: [], heldFrom: length, begunFrom: length };
}
