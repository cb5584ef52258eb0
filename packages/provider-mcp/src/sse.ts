/** One event of a stream (WHATWG HTML, section 9.2.6), with the bytes that it stood in. */
export interface SseEvent {
  /** Empty for the default type, which is `message`. */
  readonly type: string;
  /** The values of its `data` fields, joined by line feeds; undefined when it has none. */
  readonly data: string | undefined;
  /** Every line, with its end. */
  readonly raw: Buffer;
  /** The lines that are not `data`, each with its end. */
  readonly others: string;
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

/** Reads lines that end in CR, LF or both. */
export function createSseReader(limit: number, onOversize: () => Error): SseReader {
  let pending: Buffer[] = [];
  let size = 0;
  let isLineEmpty = true;
  let isAfterReturn = false;

  const take = (bytes: Buffer): Buffer => {
    const whole = pending.length === 0 ? bytes : Buffer.concat([...pending, bytes]);
    pending = [];
    size = 0;
    return whole;
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
        if (byte !== lineFeed && byte !== carriageReturn) isLineEmpty = false;
        else if (isLineEmpty) {
          events.push(readEvent(take(chunk.subarray(start, i + 1))));
          start = i + 1;
        } else isLineEmpty = true;
      }
      if (start < chunk.length) {
        pending.push(chunk.subarray(start));
        size += chunk.length - start;
      }
      if (size > limit) throw onOversize();
      return events;
    },
    rest: () => take(Buffer.alloc(0)),
  };
}

function readEvent(raw: Buffer): SseEvent {
  let type = '';
  let others = '';
  const data: string[] = [];
  const text = raw.toString('utf8');
  for (const line of text.match(/[^\r\n]*(?:\r\n|\r|\n)/g) ?? []) {
    const [name, value] = readField(line);
    if (name === 'data') data.push(value);
    else others += line;
    if (name === 'event') type = value;
  }
  return { type, data: data.length === 0 ? undefined : data.join('\n'), raw, others };
}

/** A stream may begin with a byte order mark, which is no part of the name. */
function readField(line: string): [name: string, value: string] {
  const text = line.replace(/[\r\n]+$/, '').replace(/^\ufeff/, '');
  const colon = text.indexOf(':');
  if (colon === -1) return [text, ''];
  return [text.slice(0, colon), text.slice(colon + 1).replace(/^ /, '')];
}

/** The bytes of an event with other data; without, no client takes it for more than its id. */
export function formatEvent({ others }: Pick<SseEvent, 'others'>, data: string | undefined): Buffer {
  const fields = others.replace(/(?:\r\n|\r|\n)$/, '');
  const line = data === undefined ? '' : `data: ${data}\n`;
  return Buffer.from(`${fields}${fields === '' || /[\r\n]$/.test(fields) ? '' : '\n'}${line}\n`);
}
