import { type GatheredBytes, gatherBytes } from './gathered-bytes.ts';

/** One event of a stream (WHATWG HTML, section 9.2.6), with the bytes that it stood in. */
export interface SseEvent {
  /** Empty for the default type, which is `message`. */
  readonly type: string;
  /** The values of its `data` fields, joined by line feeds; undefined when it has none. */
  readonly data: string | undefined;
  /** Every line, with its end. */
  readonly raw: Buffer;
  /** It is UTF-8. */
  readonly isText: boolean;
  /** Every parser in use reads it in one way. Else it goes on as `formatEvent` writes it, if it does. */
  readonly isPlain: boolean;
  /** Its `event`, `id` and `retry`, without their ends. */
  readonly fields: readonly string[];
}

/** Takes the bytes of a stream as they come, and gives each event as soon as it is whole. */
export interface SseReader {
  /** The events that end in this chunk. Throws what `onOversize` gives for an event of more than `limit` bytes. */
  readonly read: (chunk: Buffer) => SseEvent[];
  /** What came after the last event, which no client takes. */
  readonly rest: () => Buffer;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;

/** Reads lines that end in CR, LF or both. A comment before an event is given without it. */
export function createSseReader(limit: number, onOversize: () => Error): SseReader {
  const pending = gatherBytes();
  let isFirst = true;
  let isLineEmpty = true;
  let isAfterReturn = false;
  // Nothing but this line is there of the event, and it is a comment.
  let isLoneComment = false;
  let isEventEmpty = true;

  const take = (bytes: Buffer): SseEvent => {
    const whole = takeWith(pending, bytes);
    const event = readEvent(isFirst ? withoutMark(whole) : whole);
    isFirst = false;
    isEventEmpty = true;
    return event;
  };
  return {
    read: (chunk) => {
      const events: SseEvent[] = [];
      let start = 0;
      for (let i = 0; i < chunk.length; i += 1) {
        const byte = chunk[i];
        const isSecond = byte === lineFeed && isAfterReturn;
        isAfterReturn = byte === carriageReturn;
        if (isSecond) continue;
        if (byte !== lineFeed && byte !== carriageReturn) {
          if (isLineEmpty) isLoneComment = isEventEmpty && byte === colon;
          isLineEmpty = false;
          isEventEmpty = false;
        } else if (isLineEmpty || isLoneComment) {
          events.push(take(chunk.subarray(start, i + 1)));
          start = i + 1;
          isLineEmpty = true;
          isLoneComment = false;
        } else isLineEmpty = true;
      }
      if (start < chunk.length) pending.add(chunk.subarray(start));
      if (pending.size() > limit) throw onOversize();
      return events;
    },
    rest: pending.take,
  };
}

function takeWith(pending: GatheredBytes, bytes: Buffer): Buffer {
  if (pending.size() === 0) return bytes;
  pending.add(bytes);
  return pending.take();
}

const mark = Buffer.from('\ufeff');

/** A byte order mark hides the first line from the clients that do not know of it. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, mark.length).equals(mark) ? bytes.subarray(mark.length) : bytes;
}

function readEvent(raw: Buffer): SseEvent {
  const text = raw.toString('utf8');
  const data: string[] = [];
  const fields = new Map<string, string>();
  let type = '';
  // Many clients know only the ends of lines that have a line feed, which the next chunk may begin with.
  const isText = standsFor(text, raw);
  let isPlain = isText && !/\r(?!\n|$)/.test(text);
  for (const [line] of text.matchAll(/[^\r\n]+/g)) {
    const at = line.indexOf(':');
    const name = at === -1 ? line : line.slice(0, at);
    const value = at === -1 ? '' : line.slice(line[at + 1] === ' ' ? at + 2 : at + 1);
    if (name === 'data') data.push(value);
    else if (!isKnown(name, line)) isPlain = false;
    else if (name !== '') {
      if (fields.has(name)) isPlain = false;
      if (name === 'event') type = value;
      fields.set(name, `${name}: ${value}`);
    }
    if (at === -1) isPlain = false;
  }
  if (data.length > 1) isPlain = false;
  return {
    type,
    data: data.length === 0 ? undefined : data.join('\n'),
    raw,
    isText,
    isPlain,
    fields: [...fields.values()],
  };
}

/** Clients skip other fields, or take them for one of these; some end a line at every separator of Unicode's. */
function isKnown(name: string, line: string): boolean {
  return /^(?:event|id|retry)?$/.test(name) && !/[\0-\x1f\x7f-\x9f\u2028\u2029\ufeff]/.test(line);
}

/** The bytes of an event with other data; without, no client takes it for more than its id. */
export function formatEvent({ fields }: Pick<SseEvent, 'fields'>, data: string | undefined): Buffer {
  const lines = data === undefined ? [] : data.split('\n').map((line) => `data: ${line}`);
  return Buffer.from(`${[...fields, ...lines, ''].join('\n')}\n`);
}

/** Whether a text, read from bytes as UTF-8, is all that they hold. */
export function standsFor(text: string, bytes: Buffer): boolean {
  return !text.includes('\ufffd') || Buffer.from(text).equals(bytes);
}
