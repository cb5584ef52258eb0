import { PaiError } from './errors.ts';
import { printable } from './host.ts';

/** A request path in its one reading. */
export interface RequestPath {
  /** The segments between slashes, percent-decoded, except that an encoded slash stays `%2F`. A trailing slash is not a segment. */
  readonly segments: readonly string[];
  /** `segments` joined again: what path rules are matched against. */
  readonly text: string;
}

/**
 * Reads a raw path for a service whose paths are names. Throws `malformed_request` wherever two servers could read it
 * in two ways: dot segments in any encoding, empty segments, backslashes, control characters, broken or doubled
 * escapes. Services with free-form keys in the path (S3) declare `hasOpaquePaths` and read it themselves.
 */
export function readPath(raw: string): RequestPath {
  // A request's path is read by the pipeline, by its Provider and by its policy, one after another. What one of them does
  // to its segments must not be what the next one judges by; to freeze them costs ten times what a copy does.
  const known = raw === latest?.raw ? latest : { raw, ...(readPlain(raw) ?? readDecoded(raw)) };
  latest = known;
  return { segments: known.segments.slice(), text: known.text };
}

let latest: (RequestPath & { readonly raw: string }) | undefined;

/** Undefined where something is to be decoded or refused: escapes, empty segments but a trailing one, dot segments. */
function readPlain(raw: string): RequestPath | undefined {
  if (raw.charCodeAt(0) !== slash) return undefined;
  const segments: string[] = [];
  let start = 1;
  for (let i = 1; i < raw.length; i += 1) {
    const code = raw.charCodeAt(i);
    if (plainCodes[code] === 1 || (code === dot && i > start)) continue;
    if (code !== slash || i === start) return undefined;
    segments.push(raw.slice(start, i));
    start = i + 1;
  }
  if (start < raw.length) segments.push(raw.slice(start));
  return { segments, text: start === raw.length && start > 1 ? raw.slice(0, -1) : raw };
}

const slash = 0x2f;
const dot = 0x2e;

/** Unreserved characters but the dot, and those that RFC 3986 section 3.3 lets stand in a segment besides. */
const plainCodes = new Uint8Array(128);
for (const code of Buffer.from(
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~!$&'()*+,;=:@-",
)) {
  plainCodes[code] = 1;
}

function readDecoded(raw: string): RequestPath {
  const trimmed = raw.endsWith('/') ? raw.slice(1, -1) : raw.slice(1);
  const segments = trimmed.split('/').map((segment) => readSegment(segment, raw));
  return { segments, text: `/${segments.join('/')}` };
}

function readSegment(raw: string, path: string): string {
  const refuse = (why: string) =>
    new PaiError('malformed_request', `the path ${printable(path)} ${why}; send the path in its plain form`);
  if (raw === '') throw refuse('has an empty segment');
  const decoded = decode(raw);
  if (decoded === undefined) throw refuse('has a broken percent-encoding');
  if (decoded.includes('\\')) throw refuse('has a backslash');
  if (/%(?:25)*(?:2e|2f|5c)/i.test(decoded)) throw refuse('has a doubly encoded dot or slash');
  if (/[\x00-\x1f\x7f]/.test(decoded)) throw refuse('has a control character');
  // Java servers drop a segment's `;parameters` before they resolve its dots.
  if (decoded.split('/').some((part) => /^\.\.?(?:;|$)/.test(part))) throw refuse('has a dot segment');
  return decoded.replaceAll('/', '%2F');
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
