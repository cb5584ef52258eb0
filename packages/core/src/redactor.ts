import type { RawHeaders } from './headers.ts';
import { formsOf } from './redact-forms.ts';
import { createSearch, type Search } from './redact-search.ts';
import type { Secret } from './secret.ts';

/** Masks credentials in what a service answers. A mask is as long as what it covers, and harmless in JSON, URLs and base64. */
export interface Redactor {
  /** Masks names and values in place; gives how many masks were needed. */
  headers(headers: RawHeaders): number;
  /** Whether a chunk of content holds no credential and does not end in the beginning of one. */
  isClean(chunk: Buffer): boolean;
  /** Begins the content of one response. What came of it before was clean. */
  content(): RedactedContent;
}

/** Content on its way through a redactor, in chunks that are changed in place. */
export interface RedactedContent {
  /** What can go on: nothing is kept but a tail that may be the beginning of a credential. */
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

/**
 * A redactor of the credentials in `secrets`, which may give another list from time to time. What it needs is made when
 * the first response comes.
 */
export function createRedactor(secrets: () => readonly Secret[]): Redactor {
  let known: readonly Secret[] | undefined;
  let made: Search | undefined;
  // most of a new list is that of the one before it
  const formsBySecret = new WeakMap<Secret, readonly Buffer[]>();
  const formsOfOne = (secret: Secret) => {
    const forms = formsBySecret.get(secret) ?? formsOf(secret.reveal());
    formsBySecret.set(secret, forms);
    return forms;
  };
  const current = () => {
    const list = secrets();
    if (list === known) return made;
    known = list;
    const forms = list.flatMap(formsOfOne);
    made = forms.length === 0 ? undefined : createSearch(forms);
    return made;
  };
  return {
    headers(headers) {
      const search = current();
      return search === undefined ? 0 : maskHeaders(headers, search);
    },
    isClean(chunk) {
      const search = current();
      if (search === undefined) return true;
      const { spans, heldFrom } = search.find(chunk, chunk.length, false);
      return spans.length === 0 && heldFrom === chunk.length;
    },
    content() {
      const search = current();
      return search === undefined ? untouched : createContent(search);
    },
  };
}

const nothing = Buffer.alloc(0);

const untouched: RedactedContent = {
  push: (chunk) => chunk,
  end: () => nothing,
  held: () => 0,
  begun: () => 0,
  release: () => nothing,
  count: () => 0,
};

function createContent({ find }: Search): RedactedContent {
  let kept = nothing;
  /** How many of the kept bytes have gone on. */
  let gone = 0;
  let count = 0;

  const pass = (bytes: Buffer, isLast: boolean): Buffer => {
    const { spans, heldFrom } = find(bytes, bytes.length, isLast);
    mask(bytes, spans);
    count += spans.length / 2;
    const from = Math.min(gone, bytes.length);
    const to = Math.max(from, heldFrom);
    // A copy: the buffer of a whole chunk is not kept for its tail.
    kept = heldFrom === bytes.length ? nothing : Buffer.from(bytes.subarray(heldFrom));
    gone = Math.max(0, gone - heldFrom);
    return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
  };

  return {
    push: (chunk) => pass(kept.length === 0 ? chunk : Buffer.concat([kept, chunk]), false),
    end: () => (kept.length === 0 ? nothing : pass(kept, true)),
    held: () => kept.length - gone,
    begun: () => kept.length,
    release() {
      const released = kept.subarray(gone);
      gone = kept.length;
      return released;
    },
    count: () => count,
  };
}

function mask(bytes: Buffer, spans: readonly number[]): void {
  for (let i = 0; i < spans.length; i += 2) {
    bytes.fill('x', spans[i], spans[i + 1]);
    bytes.write('redacted', spans[i] as number, 'latin1');
  }
}

/** Header fields are short and come often: they are searched in one place that is always the same. */
const scratch = Buffer.alloc(8 * 1024);

function maskHeaders(headers: RawHeaders, { find, mayHold }: Search): number {
  if (!headers.some(mayHold)) return 0;
  const text = headers.join('\n');
  const bytes = text.length > scratch.length ? Buffer.alloc(text.length) : scratch;
  const end = bytes.write(text, 'latin1');
  const { spans } = find(bytes, end, true);
  if (spans.length === 0) return 0;
  mask(bytes, spans);
  for (const [i, field] of bytes.toString('latin1', 0, end).split('\n').entries()) headers[i] = field;
  return spans.length / 2;
}
