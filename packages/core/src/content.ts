import { promisify } from 'node:util';
import type { Zlib } from 'node:zlib';
import { PaiError } from './errors.ts';
import { getHeaders } from './headers.ts';
import { printable } from './host.ts';
import type { AgentRequest } from './request.ts';

/** A media type in lower case, with its parameters by lower-case name (RFC 9110 section 8.3). */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The media type of a request's content. Throws `malformed_request` unless there is exactly one and it has one reading:
 * no parameter twice, none with `*` behind its name (RFC 2231), which some servers read in place of the one without, no
 * backslash or semicolon in a quoted one, no space before a semicolon, which some servers take for the end of a boundary.
 */
export function readMediaType({ headers }: Pick<AgentRequest, 'headers'>): MediaType {
  const fields = getHeaders(headers, 'content-type');
  const [field = ''] = fields;
  if (fields.length !== 1 || !mediaType.test(field)) {
    const what = fields.length === 1 ? `content-type ${printable(field)}` : `${fields.length} content-types`;
    throw new PaiError('malformed_request', `the content has ${what}; send one, such as application/json`);
  }
  const [type = '', ...rest] = field.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    if (name.includes('*')) {
      throw new PaiError(
        'malformed_request',
        `the content-type has ${printable(name)}, which some servers read as the parameter without *; leave it out`,
      );
    }
    if (parameters.has(name.toLowerCase())) {
      throw new PaiError('malformed_request', `the content-type has ${printable(name)} twice; send it once`);
    }
    parameters.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  return { type: type.toLowerCase(), parameters };
}

const token = "[\\w!#$%&'*+.^`|~-]+";
const mediaType = new RegExp(
  `^${token}/${token}(?:;[ \\t]*${token}=(?:${token}|"[^"\\\\;\\x00-\\x1f\\x7f]*"))*[ \\t]*$`,
);

/**
 * The content of a request without its `content-encoding`, of at most `limit` bytes; it stays in the body. Throws
 * `body_too_large`, and `malformed_request` for anything but plain content and a single gzip member (RFC 1952).
 */
export async function readDecoded(
  { headers, body }: Pick<AgentRequest, 'headers' | 'body'>,
  limit: number,
): Promise<Buffer> {
  const coding = getHeaders(headers, 'content-encoding').join(',').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return body.bytes(limit);
  if (coding === 'gzip') return gunzip(await body.bytes(limit), limit);
  throw new PaiError(
    'malformed_request',
    `the content is encoded as ${printable(coding)} and cannot be judged; send it without content-encoding`,
  );
}

/** Most sidecars never need it. */
const zlib = () => process.getBuiltinModule('node:zlib');

type Inflate = (
  bytes: Buffer,
  options: { maxOutputLength: number; info: true },
) => Promise<{ buffer: Buffer; engine: Zlib }>;

/** One member, plain header, nothing after it: decoders differ in what they make of more. */
async function gunzip(bytes: Buffer, limit: number): Promise<Buffer> {
  if (bytes.length === 0) return bytes;
  const isPlain = bytes.length >= 18 && bytes.readUInt32BE(0) === 0x1f8b0800;
  const inflated = isPlain ? await inflateMember(bytes.subarray(10), limit) : undefined;
  if (inflated === undefined) {
    throw new PaiError(
      'malformed_request',
      'the content is not one plain gzip member; send it without content-encoding',
    );
  }
  return inflated;
}

async function inflateMember(member: Buffer, limit: number): Promise<Buffer | undefined> {
  const { crc32, inflateRaw } = zlib();
  const inflate = promisify(inflateRaw) as unknown as Inflate;
  try {
    const { buffer, engine } = await inflate(member, { maxOutputLength: limit, info: true });
    const end = engine.bytesWritten;
    const isWhole = end + 8 === member.length && member.readUInt32LE(end + 4) === buffer.length;
    return isWhole && member.readUInt32LE(end) === crc32(buffer) ? buffer : undefined;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw new PaiError(
      'body_too_large',
      `the request body is larger than the ${limit} bytes that can be judged, once decoded`,
    );
  }
}

/** UTF-8 as text; a byte order mark is text too, as it is to most servers. Throws `malformed_request` for other bytes. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PaiError('malformed_request', 'the content is not UTF-8');
  }
}
