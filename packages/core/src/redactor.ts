import type { RawHeaders } from './headers.ts';
import { formsOf } from './redact-forms.ts';
import { createSearch, type Search } from './redact-search.ts';
import { createContent, mask, type RedactedContent } from './redacted-content.ts';
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
    content: () => createContent(current),
  };
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
