import { type AgentRequest, decodeUtf8, getHeaders, readMediaType } from '@pai/core';
import { longestMetadata, type Metadata, parseMetadata } from './metadata.ts';
import { unreadable } from './refuse.ts';

/**
 * The metadata that `multipart/related` content begins with (Cloud Storage documentation, "Uploads"); what follows is not
 * read. Throws `malformed_request` wherever two readers could disagree on where the metadata ends or what it says.
 */
export async function readRelated(request: Pick<AgentRequest, 'headers' | 'body'>): Promise<Metadata> {
  const boundary = boundaryOf(request);
  const start = await request.body.peek(longestMetadata, (read) => isComplete(read, boundary));
  const delimiter = `--${boundary}`;
  const line = lineEnd(start, delimiter.length);
  if (!start.subarray(0, delimiter.length + line.length).equals(Buffer.from(delimiter + line))) {
    throw refuse('does not begin with its boundary');
  }
  const first = delimiter.length + line.length;
  const end = start.indexOf(delimiter, first);
  if (end === -1) throw refuse('has no second part in its first MiB');
  if (start.subarray(end - line.length, end).toString('latin1') !== line) {
    throw refuse('has its boundary inside the metadata');
  }
  return readPart(start.subarray(first, end - line.length), line);
}

/** Google's own tools write `boundary='…'`, which is no token, and Google reads it without the apostrophes. */
const apostrophes = /^(multipart\/related;[ \t]*boundary=)'([^']*)'$/i;

function boundaryOf({ headers }: Pick<AgentRequest, 'headers'>): string {
  const [field = '', ...others] = getHeaders(headers, 'content-type');
  const plain = field.replace(apostrophes, '$1"$2"');
  const { type, parameters } = readMediaType({
    headers: others.length === 0 ? ['content-type', plain] : headers,
  });
  const boundary = parameters.get('boundary') ?? '';
  // With an apostrophe at either end, which of them belong to it is for a server to say.
  if (type === 'multipart/related' && /^(?!')[\w'()+,./:=?-]{1,72}(?<!')$/.test(boundary)) return boundary;
  throw refuse('is no multipart/related with a boundary that all servers read alike');
}

/** Both ends of the metadata have come. */
function isComplete(read: Buffer, boundary: string): boolean {
  const first = read.indexOf(boundary);
  return first !== -1 && read.indexOf(boundary, first + boundary.length) !== -1;
}

function lineEnd(start: Buffer, at: number): '\n' | '\r\n' {
  return start[at] === 0x0a ? '\n' : '\r\n';
}

function readPart(part: Buffer, line: string): Metadata {
  const end = part.indexOf(line + line);
  if (end === -1) throw refuse('has metadata without a head');
  const fields = new Map<string, string>();
  for (const field of decodeUtf8(part.subarray(0, end)).split(line)) {
    const [, name, value = ''] = /^([\w-]+):[ \t]*([\x20-\x7e]*)$/.exec(field) ?? [];
    if (name === undefined) throw refuse('has a part with an unreadable header');
    if (fields.has(name.toLowerCase())) throw refuse('has a part that repeats a header');
    fields.set(name.toLowerCase(), value);
  }
  if (!/^(?:7bit|8bit|binary)$/i.test(fields.get('content-transfer-encoding') ?? 'binary')) {
    throw refuse('has metadata with a content-transfer-encoding');
  }
  const { type, parameters } = readMediaType({ headers: ['content-type', fields.get('content-type') ?? ''] });
  return parseMetadata(part.subarray(end + 2 * line.length), type, parameters.get('charset'));
}

function refuse(why: string): Error {
  return unreadable(`the content ${why}; send the metadata as one plain part, then the object`);
}
