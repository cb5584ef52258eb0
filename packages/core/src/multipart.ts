import { decodeUtf8 } from './content.ts';
import { PaiError } from './errors.ts';
import { mostParameters, tooMany } from './form.ts';

/** One part of a multipart form. */
export interface FormPart {
  readonly name: string;
  /** There when the part is a file. */
  readonly filename?: string;
  readonly content: Buffer;
}

/**
 * The parts of `multipart/form-data` (RFC 7578), for deciding by them. Throws `malformed_request` wherever two readers
 * could disagree: a delimiter's text anywhere else, bytes but an end of line before the first or after the last one (which
 * may come twice), headers that are folded, repeated or encoded, names that need unquoting, parts that are forms or
 * messages themselves.
 */
export function readMultipart(content: Buffer, boundary: string): FormPart[] {
  if (!/^[\w'()+,./:=?-]{1,70}$/.test(boundary)) throw refuse('has no boundary that all servers read alike');
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  // Slack's client for Python writes one: the line's end belongs to the delimiter (RFC 2046 section 5.1.1).
  let at = startsWith(content, '\r\n', 0) ? 2 : 0;
  if (!startsWith(content, delimiter, at)) throw refuse('does not begin with its boundary');
  for (;;) {
    at += delimiter.length;
    if (startsWith(content, '--', at)) break;
    if (!startsWith(content, '\r\n', at)) throw refuse('has its boundary inside a line');
    const next = content.indexOf(delimiter, at);
    if (next === -1) throw refuse('does not end with its boundary');
    if (next < at + 4 || !startsWith(content, '\r\n', next - 2))
      throw refuse('has its boundary inside a part');
    if (parts.push(readPart(content.subarray(at + 2, next - 2))) > mostParameters) throw tooMany();
    at = next;
  }
  const rest = content.subarray(at + 2).toString('latin1');
  // Some clients write an empty line there, and slack-go closes its forms twice.
  if (!['', '\r\n', '\r\n\r\n', `\r\n\r\n--${boundary}--\r\n`].includes(rest))
    throw refuse('has content after its last boundary');
  return parts;
}

function readPart(part: Buffer): FormPart {
  // Without headers the empty line is the first one, and a part needs a name.
  const end = part.indexOf('\r\n\r\n');
  if (end === -1 || end > 16_384) throw refuse('has a part without a readable head');
  const fields = readFields(decodeUtf8(part.subarray(0, end)));
  const transfer = fields.get('content-transfer-encoding') ?? 'binary';
  if (!/^(?:7bit|8bit|binary)$/i.test(transfer)) throw refuse('has a part with a content-transfer-encoding');
  const content = part.subarray(end + 4);
  const type = fields.get('content-type') ?? '';
  if (/^(?:multipart|message)\/|x-www-form-urlencoded/i.test(type)) {
    throw refuse('has a part that is a form itself');
  }
  if (/charset/i.test(type) && !isReadAlike(type, content)) {
    throw refuse('has a part in another charset than utf-8');
  }
  return { ...readDisposition(fields.get('content-disposition') ?? ''), content };
}

/** Latin-1, which Java's clients name, is UTF-8 as far as ASCII goes. */
function isReadAlike(type: string, content: Buffer): boolean {
  if (type.match(/charset/gi)?.length !== 1) return false;
  const [, charset = ''] = /;[ \t]*charset="?(utf-8|us-ascii|iso-8859-1)"?[ \t]*(?:;|$)/i.exec(type) ?? [];
  return charset !== '' && (!/^iso/i.test(charset) || content.every((byte) => byte < 0x80));
}

function readFields(head: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of head.split('\r\n')) {
    const [, name, value] = /^([\w-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw refuse('has a part with an unreadable header');
    if (fields.has(name.toLowerCase())) throw refuse('has a part that repeats a header');
    fields.set(name.toLowerCase(), value.trim());
  }
  return fields;
}

/**
 * Some readers split at every semicolon, quoted or not; some unescape backslashes, some percents; some take apostrophes
 * for quotes, and some cut at a space.
 */
function readDisposition(value: string): { name: string; filename?: string } {
  const [kind = '', ...pieces] = value.split(';').map((piece) => piece.trim());
  const found = new Map<string, string>();
  for (const piece of pieces) {
    const [, key = '', quoted, bare = ''] = /^([a-z]+\*?)=(?:"([^"]*)"|(.+))$/.exec(piece) ?? [];
    const form = bareForms.get(key);
    const isOpen = key === 'filename' && bare.includes("'") && piece !== pieces.at(-1);
    if (form === undefined || found.has(key) || isOpen || (quoted === undefined && !form.test(bare))) {
      throw refuse('has a part whose content-disposition has more than a plain name and filename');
    }
    found.set(key, quoted ?? bare);
  }
  const name = found.get('name') ?? '';
  if (kind !== 'form-data' || name === '' || /[\\%]/.test(name)) {
    throw refuse('has a part without a plain form-data name');
  }
  const filename = found.get('filename');
  if (found.has('filename*') && filename === undefined) throw refuse('has a file without a plain filename');
  if (filename?.endsWith('\\')) throw refuse('has a filename that ends in a backslash');
  return filename === undefined ? { name } : { name, filename };
}

/** What each parameter looks like without quotes. */
const bareForms: ReadonlyMap<string, RegExp> = new Map([
  ['name', /^[^"'\s]+$/],
  ['filename', /^(?:[^"\s]+|[^"=]+)$/],
  ['filename*', /^[\w-]+'[\w-]*'[^"'\s]+$/],
]);

function startsWith(content: Buffer, text: Buffer | string, at: number): boolean {
  const end = at + text.length;
  return end <= content.length && content.subarray(at, end).equals(Buffer.from(text));
}

function refuse(why: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the multipart content ${why}, so that it could be read in two ways (RFC 7578)`,
  );
}
