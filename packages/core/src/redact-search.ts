import type { Buffer } from 'node:buffer';

/** What was found in some bytes. */
export interface Findings {
  /** Start and end of every occurrence, in order, none touching another: `[start, end, start, end, …]`. */
  readonly spans: readonly number[];
  /** Where an occurrence may begin that goes on behind the end; the end when none may. */
  readonly heldFrom: number;
}

/** Searches the first `end` bytes. `isLast`: nothing follows them. */
export type Search = (bytes: Buffer, end: number, isLast: boolean) => Findings;

/** Longest part of a form that samples are taken from: with more, the look at every chunk's end would take long. */
const longestWindow = 64;
const hashBits = 15;

interface Gram {
  readonly form: Buffer;
  readonly offset: number;
}

/**
 * Searches for all `forms` in one pass. Of every form, each four bytes in a row near its beginning are known; so one
 * look at four bytes in each window as long as the shortest form meets every occurrence. No form is shorter than 8 bytes.
 */
export function createSearch(forms: readonly Buffer[]): Search {
  const shortest = Math.min(longestWindow, ...forms.map(({ length }) => length));
  const stride = shortest - 3;
  const isKnown = new Uint8Array(1 << hashBits);
  const isFirst = new Uint8Array(256);
  const grams = new Map<number, Gram[]>();
  for (const form of forms) {
    isFirst[form[0] as number] = 1;
    for (let offset = 0; offset < stride; offset += 1) {
      const hash = hashOf(form.readInt32LE(offset));
      isKnown[hash] = 1;
      const list = grams.get(hash);
      if (list === undefined) grams.set(hash, [{ form, offset }]);
      else list.push({ form, offset });
    }
  }

  return (bytes, end, isLast) => {
    const found: number[] = [];
    let heldFrom = end;
    const look = (at: number) => {
      for (const { form, offset } of grams.get(hashOf(bytes.readInt32LE(at))) ?? []) {
        const start = at - offset;
        if (start < 0 || !isAt(bytes, start, end, form)) continue;
        if (start + form.length <= end) found.push(start, start + form.length);
        else if (!isLast && start < heldFrom) heldFrom = start;
      }
    };

    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    const last = end - 4;
    let at = 0;
    // Four independent looks at a time: the processor takes them together.
    for (const stop = last - 3 * stride; at <= stop; at += 4 * stride) {
      const first = isKnown[hashOf(view.getInt32(at, true))] as number;
      const second = isKnown[hashOf(view.getInt32(at + stride, true))] as number;
      const third = isKnown[hashOf(view.getInt32(at + 2 * stride, true))] as number;
      const fourth = isKnown[hashOf(view.getInt32(at + 3 * stride, true))] as number;
      if ((first | second | third | fourth) !== 0) for (let i = 0; i < 4; i += 1) look(at + i * stride);
    }
    for (; at <= last; at += stride) if (isKnown[hashOf(view.getInt32(at, true))] === 1) look(at);

    if (!isLast) {
      const from = Math.max(0, end - shortest + 1);
      for (let start = from; start < heldFrom; start += 1) {
        if (isFirst[bytes[start] as number] === 1 && forms.some((form) => isAt(bytes, start, end, form)))
          heldFrom = start;
      }
    }
    return settle(found, heldFrom);
  };
}

/** Multiplicative hashing: the upper bits depend on all four bytes. */
function hashOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
}

/** Whether `form`, or as much of it as there is room for before `end`, stands at `start`. */
function isAt(bytes: Buffer, start: number, end: number, form: Buffer): boolean {
  const stop = Math.min(form.length, end - start);
  for (let i = 0; i < stop; i += 1) if (bytes[start + i] !== form[i]) return false;
  return true;
}

/** Spans in order, those that touch as one; what is held back takes with it what it overlaps. */
function settle(found: readonly number[], heldFrom: number): Findings {
  if (found.length === 0) return { spans: found, heldFrom };
  const pairs: [number, number][] = [];
  for (let i = 0; i < found.length; i += 2) pairs.push([found[i] as number, found[i + 1] as number]);
  pairs.sort(([a], [b]) => a - b);
  const spans: number[] = [];
  for (const [start, end] of pairs) {
    const before = spans.length - 1;
    if (before > 0 && start <= (spans[before] as number))
      spans[before] = Math.max(spans[before] as number, end);
    else spans.push(start, end);
  }
  let from = heldFrom;
  while (spans.length > 0 && (spans.at(-1) as number) > from) {
    from = Math.min(from, spans.at(-2) as number);
    spans.length -= 2;
  }
  return { spans, heldFrom: from };
}
