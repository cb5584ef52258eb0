import { PaiError } from '@pai/core';

/** One part of `multipart/mixed` content (RFC 2046 section 5.1.3). */
export interface MixedPart {
  /** Its fields, by lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  readonly content: Buffer;
  /** Where `content` begins in the whole. */
  readonly start: number;
}

/**
 * The parts of `multipart/mixed`, for deciding by them. Lines end with CRLF, or all of them with LF, as some clients write
 * them, and an empty one may come first. Throws `malformed_request` wherever two readers could disagree: the boundary's text
 * anywhere else, other bytes before the first or after the last one, both kinds of lines, fields that are folded, repeated or
 * unreadable, encodings.
 */
export function readMixed(content: Buffer, boundary: string): readonly MixedPart[] {
  if (!/^[\w'()+,./:=?-]{1,70}$/.test(boundary)) throw refuse('has no boundary that all servers read alike');
  const delimiter = Buffer.from(`--${boundary}`);
  const [empty = ''] = /^(?:\r?\n)?/.exec(content.subarray(0, 2).toString('latin1')) ?? [];
  let at = empty.length;
  if (!content.subarray(at, at + delimiter.length).equals(delimiter))
    throw refuse('does not begin with its boundary');
  const line = content[at + delimiter.length] === 0x0d ? '\r\n' : '\n';
  if (empty !== '' && empty !== line) throw refuse('has lines of two kinds');
  const parts: MixedPart[] = [];
  for (;;) {
    at += delimiter.length;
    if (content.subarray(at, at + 2).toString('latin1') === '--') break;
    if (content.subarray(at, at + line.length).toString('latin1') !== line)
      throw refuse('has lines of two kinds');
    const next = content.indexOf(delimiter, at);
    const end = next - line.length;
    if (next === -1) throw refuse('does not end with its boundary');
    if (content.subarray(end, next).toString('latin1') !== line)
      throw refuse('has its boundary inside a part');
    if (line === '\n' && content[end - 1] === 0x0d) throw refuse('has lines of two kinds');
    const start = at + line.length;
    parts.push({ ...readHead(content.subarray(start, end), start, line) });
    if (parts.length > mostParts) throw refuse(`has more than ${mostParts} parts`);
    at = next;
  }
  if (!/^[\r\n]*$/.test(content.subarray(at + 2).toString('latin1')))
    throw refuse('goes on after its last boundary');
  return parts;
}

/** As many as Google takes in one batch. */
const mostParts = 1_000;

function readHead(part: Buffer, start: number, line: string): MixedPart {
  const empty = `${line}${line}`;
  const end = part.subarray(0, line.length).toString('latin1') === line ? 0 : part.indexOf(empty);
  if (end === -1) throw refuse('has a part without a readable head');
  const from = end === 0 ? line.length : end + empty.length;
  const fields = readFields(part.subarray(0, end).toString('latin1'), line);
  const transfer = fields.get('content-transfer-encoding') ?? 'binary';
  if (!/^(?:7bit|8bit|binary)$/i.test(transfer)) throw refuse('has a part with a content-transfer-encoding');
  return { fields, content: part.subarray(from), start: start + from };
}

/** The fields of a head, by lower-case name. Throws `malformed_request` unless they can be read in one way only. */
export function readFields(head: string, line: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const text of head === '' ? [] : head.split(line)) {
    const [, name, value] = /^([\w-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) throw refuse('has a part with an unreadable header');
    if (fields.has(name.toLowerCase())) throw refuse('has a part that repeats a header');
    fields.set(name.toLowerCase(), value.trim());
  }
  return fields;
}

function refuse(why: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the multipart content ${why}, so that it could be read in two ways (RFC 2046)`,
  );
}
