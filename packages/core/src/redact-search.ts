/** What was found in some bytes. */
export interface Findings {
  /** Start and end of every occurrence, in order, none touching another: `[start, end, start, end, …]`. */
  readonly spans: readonly number[];
  /**
   * Where an occurrence may begin that goes on behind the end, by the bytes that stand in any form: whoever chooses the
   * content must not learn from what waits whether it is the beginning of one. The end when none may.
   */
  readonly heldFrom: number;
  /** Where the beginning of an occurrence stands that may go on behind the end; the end when none does. */
  readonly begunFrom: number;
}

/** Searches for all forms at once. */
export interface Search {
  /** Searches the first `end` bytes. `isLast`: nothing follows them. */
  find(bytes: Buffer, end: number, isLast: boolean): Findings;
  /** False when no form stands in `text`, which is latin1; true when it has to be searched. */
  mayHold(text: string): boolean;
  /** Bytes of the longest form. */
  readonly longest: number;
}

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
  const isInside = Uint8Array.from({ length: 256 }, (_, byte) =>
    wordByte.test(String.fromCharCode(byte)) ? 1 : 0,
  );
  const longest = Math.max(...forms.map(({ length }) => length));
  const grams = new Map<number, Gram[]>();
  for (const form of forms) {
    isFirst[form[0] as number] = 1;
    for (const byte of form) isInside[byte] = 1;
    for (let offset = 0; offset < stride; offset += 1) {
      const hash = hashOf(form.readInt32LE(offset));
      isKnown[hash] = 1;
      const list = grams.get(hash);
      if (list === undefined) grams.set(hash, [{ form, offset }]);
      else list.push({ form, offset });
    }
  }

  const find: Search['find'] = (bytes, end, isLast) => {
    let hits: number[] | undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    const last = end - 4;
    let at = 0;
    // Four independent looks at a time: the processor takes them together.
    for (const stop = last - 3 * stride; at <= stop; at += 4 * stride) {
      const first = isKnown[hashOf(view.getInt32(at, true))] as number;
      const second = isKnown[hashOf(view.getInt32(at + stride, true))] as number;
      const third = isKnown[hashOf(view.getInt32(at + 2 * stride, true))] as number;
      const fourth = isKnown[hashOf(view.getInt32(at + 3 * stride, true))] as number;
      if ((first | second | third | fourth) === 0) continue;
      hits ??= [];
      if (first === 1) hits.push(at);
      if (second === 1) hits.push(at + stride);
      if (third === 1) hits.push(at + 2 * stride);
      if (fourth === 1) hits.push(at + 3 * stride);
    }
    for (; at <= last; at += stride) {
      if (isKnown[hashOf(view.getInt32(at, true))] === 0) continue;
      hits ??= [];
      hits.push(at);
    }
    const found = hits === undefined ? none : occurrencesAt(hits, bytes, end, grams);
    const unfound = isLast ? { spans: none, heldFrom: end, begunFrom: end } : tailOf(bytes, end);
    return found.length === 0 ? unfound : settle(found, end, isLast, unfound);
  };
  const tailOf = (bytes: Buffer, end: number): Findings => {
    let heldFrom = end;
    const least = Math.max(0, end - longest + 1);
    while (heldFrom > least && isInside[bytes[heldFrom - 1] as number] === 1) heldFrom -= 1;
    let begunFrom = end;
    for (let start = Math.max(heldFrom, end - shortest + 1); start < begunFrom; start += 1)
      if (isFirst[bytes[start] as number] === 1 && forms.some((form) => isAt(bytes, start, end, form)))
        begunFrom = start;
    return { spans: none, heldFrom, begunFrom };
  };
  const mayHold = (text: string) => {
    for (let at = 0; at <= text.length - 4; at += stride)
      if (isKnown[hashOf(wordAt(text, at))] === 1) return true;
    return false;
  };
  return { find, mayHold, longest };
}

/** What is held back whether a form has it or not: which letters a credential has is nobody's business. */
const wordByte = /[0-9A-Za-z ]/;

/** What `readInt32LE` gives of the same bytes. */
function wordAt(text: string, at: number): number {
  return (
    (text.charCodeAt(at) & 0xff) |
    ((text.charCodeAt(at + 1) & 0xff) << 8) |
    ((text.charCodeAt(at + 2) & 0xff) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

const none: readonly never[] = [];

/** Starts and ends of the forms that looks at these places met; an end may lie behind `end`. */
function occurrencesAt(
  places: readonly number[],
  bytes: Buffer,
  end: number,
  grams: ReadonlyMap<number, readonly Gram[]>,
): readonly [number, number][] {
  const found: [number, number][] = [];
  for (const at of places) {
    for (const { form, offset } of grams.get(hashOf(bytes.readInt32LE(at))) ?? none) {
      const start = at - offset;
      if (start >= 0 && isAt(bytes, start, end, form)) found.push([start, start + form.length]);
    }
  }
  return found;
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
function settle(
  found: readonly [number, number][],
  end: number,
  isLast: boolean,
  tail: Pick<Findings, 'heldFrom' | 'begunFrom'>,
): Findings {
  const whole = found.filter(([, stop]) => stop <= end).sort(([a], [b]) => a - b);
  const partial = isLast ? [] : found.filter(([, stop]) => stop > end);
  let begunFrom = Math.min(tail.begunFrom, ...partial.map(([start]) => start));
  const spans: number[] = [];
  for (const [start, stop] of whole) {
    const before = spans.length - 1;
    if (before > 0 && start <= (spans[before] as number))
      spans[before] = Math.max(spans[before] as number, stop);
    else spans.push(start, stop);
  }
  while (spans.length > 0 && (spans.at(-1) as number) > begunFrom) {
    begunFrom = Math.min(begunFrom, spans.at(-2) as number);
    spans.length -= 2;
  }
  return { spans, heldFrom: Math.min(tail.heldFrom, begunFrom), begunFrom };
}
