import { type AgentRequest, decodeUtf8, readMediaType } from '@pai/core';
import { longestMetadata, type Metadata, parseMetadata } from './metadata.ts';
import { unreadable } from './refuse.ts';

/**
 * The metadata that `multipart/related` content begins with (Cloud Storage documentation, "Uploads"); what follows is not
 * read. Throws `malformed_request` wherever two readers could disagree on where the metadata ends or what it says.
 */
export async function readRelated(request: Pick<AgentRequest, 'headers' | 'body'>): Promise<Metadata> {
  const { type, parameters } = readMediaType(request);
  const boundary = parameters.get('boundary') ?? '';
  if (type !== 'multipart/related' || !/^[\w'()+,./:=?-]{1,72}$/.test(boundary)) {
    throw refuse('is no multipart/related with a boundary that all servers read alike');
  }
  const start = await request.body.peek(longestMetadata, (read) => isComplete(read, boundary));
  const delimiter = `--${delimiterOf(start, boundary)}`;
  const line = lineEnd(start, delimiter.length);
  const first = delimiter.length + line.length;
  const end = start.indexOf(delimiter, first);
  if (end === -1) throw refuse('has no second part in its first MiB');
  if (start.subarray(end - line.length, end).toString('latin1') !== line) {
    throw refuse('has its boundary inside the metadata');
  }
  return readPart(start.subarray(first, end - line.length), line);
}

/** Both ends of the metadata have come. */
function isComplete(read: Buffer, boundary: string): boolean {
  const bare = boundary.replace(/^'(.*)'$/, '$1');
  const first = read.indexOf(bare);
  return first !== -1 && read.indexOf(bare, first + bare.length) !== -1;
}

/** Some clients of Google's write `boundary='…'`, and mean it without the apostrophes. */
function delimiterOf(start: Buffer, boundary: string): string {
  const candidates = [boundary, boundary.replace(/^'(.*)'$/, '$1')];
  const found = candidates.find((text) => text !== '' && /^\r?\n/.test(after(start, text)));
  if (found === undefined) throw refuse('does not begin with its boundary');
  return found;
}

function after(start: Buffer, boundary: string): string {
  const delimiter = Buffer.from(`--${boundary}`);
  const isFirst = start.subarray(0, delimiter.length).equals(delimiter);
  return isFirst ? start.subarray(delimiter.length, delimiter.length + 2).toString('latin1') : '';
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
