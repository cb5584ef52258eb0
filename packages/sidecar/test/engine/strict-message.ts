/** A whole HTTP/1.1 message, as the strictest reader of RFC 9112 takes it. */
export interface StrictMessage {
  readonly startLine: string;
  /** Name and value as written. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly trailers: readonly (readonly [string, string])[];
  /** Interim responses that came before it. */
  readonly interim: readonly number[];
  /** False when the connection ended before the content did. */
  readonly isWhole: boolean;
}

/** What was read, and what follows it. */
export interface Read {
  readonly message: StrictMessage;
  readonly rest: Buffer;
}

/** How the content ends where no field says so: a request has none, a response lasts until the connection ends. */
export interface ReadContext {
  readonly kind: 'request' | 'response';
  /** Of the request that a response answers. */
  readonly method?: string;
  /** No more bytes will come. */
  readonly hasEnded?: boolean;
}

/** Reads one message; undefined means that more bytes are needed. Throws for everything the grammar does not have. */
export function readMessage(bytes: Buffer, context: ReadContext): Read | undefined {
  const interim: number[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) {
      if (context.hasEnded === true && rest.length > 0) throw new Error('the head is not whole');
      return undefined;
    }
    const [startLine = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n');
    const fields = lines.map(readField);
    rest = rest.subarray(end + 4);
    const status = context.kind === 'response' ? readStatus(startLine) : undefined;
    if (context.kind === 'request' && !/^[!#$%&'*+.^_`|~\w-]+ \/[!-~]* HTTP\/1\.1$/.test(startLine))
      throw new Error(`bad request line ${JSON.stringify(startLine)}`);
    if (status !== undefined && status < 200) {
      interim.push(status);
      continue;
    }
    const content = readContent(rest, fields, status, context);
    if (content === undefined) return undefined;
    const { body, trailers, isWhole } = content;
    return { message: { startLine, fields, body, trailers, interim, isWhole }, rest: content.rest };
  }
}

/** The values of the fields called `name`. */
export function valuesOf(fields: StrictMessage['fields'], name: string): string[] {
  return fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

function readStatus(line: string): number {
  const status = /^HTTP\/1\.1 (\d{3}) [\t -~]*$/.exec(line)?.[1];
  if (status === undefined) throw new Error(`bad status line ${JSON.stringify(line)}`);
  return Number(status);
}

function readField(line: string): readonly [string, string] {
  const field = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line);
  if (field === null) throw new Error(`bad field line ${JSON.stringify(line)}`);
  return [field[1] as string, (field[2] as string).trimEnd()];
}

interface Content {
  readonly body: Buffer;
  readonly trailers: StrictMessage['trailers'];
  readonly rest: Buffer;
  readonly isWhole: boolean;
}

function readContent(
  bytes: Buffer,
  fields: StrictMessage['fields'],
  status: number | undefined,
  { method, hasEnded = false }: ReadContext,
): Content | undefined {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (lengths.length + codings.length > 1) throw new Error('framed twice');
  const none = { body: Buffer.alloc(0), trailers: [], rest: bytes, isWhole: true };
  if (method === 'HEAD' || status === 204 || status === 304) return none;
  if (codings.length > 0) {
    if (codings[0] !== 'chunked') throw new Error(`coding ${codings[0]}`);
    const chunked = readChunks(bytes);
    if (chunked !== undefined || !hasEnded) return chunked;
    return { ...none, body: bytes, rest: Buffer.alloc(0), isWhole: false };
  }
  if (lengths.length > 0) {
    if (!/^\d{1,15}$/.test(lengths[0] as string)) throw new Error(`length ${lengths[0]}`);
    const length = Number(lengths[0]);
    if (bytes.length < length && !hasEnded) return undefined;
    const body = bytes.subarray(0, length);
    return { ...none, body, rest: bytes.subarray(length), isWhole: body.length === length };
  }
  if (status === undefined) return none;
  return hasEnded ? { ...none, body: bytes, rest: Buffer.alloc(0) } : undefined;
}

function readChunks(bytes: Buffer): Content | undefined {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end === -1) return undefined;
    const size = rest.toString('latin1', 0, end);
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new Error(`chunk size ${JSON.stringify(size)}`);
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    if (rest.length < end + 2 + length + 2) return undefined;
    chunks.push(rest.subarray(end + 2, end + 2 + length));
    if (rest.toString('latin1', end + 2 + length, end + 4 + length) !== '\r\n') throw new Error('chunk end');
    rest = rest.subarray(end + 4 + length);
  }
  const section = rest.indexOf('0\r\n\r\n') === 0 ? 3 : rest.indexOf('\r\n\r\n');
  if (section === -1) return undefined;
  const lines = rest
    .toString('latin1', 0, section)
    .split('\r\n')
    .slice(1)
    .filter((line) => line !== '');
  const start = section + (rest.indexOf('0\r\n\r\n') === 0 ? 2 : 4);
  return {
    body: Buffer.concat(chunks),
    trailers: lines.map(readField),
    rest: rest.subarray(start),
    isWhole: true,
  };
}
