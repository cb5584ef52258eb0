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
  if (isPlain(raw)) {
    const text = raw.length > 1 && raw.endsWith('/') ? raw.slice(0, -1) : raw;
    return { text, segments: text === '/' ? [] : text.slice(1).split('/') };
  }
  const trimmed = raw.endsWith('/') ? raw.slice(1, -1) : raw.slice(1);
  const segments = trimmed.split('/').map((segment) => readSegment(segment, raw));
  return { segments, text: `/${segments.join('/')}` };
}

/** No escapes, no empty segment but a trailing one, no dot segments: nothing to decode and nothing to refuse. */
function isPlain(raw: string): boolean {
  return /^\/(?:[\w~!$&'()*+,;=:@-][\w~!$&'()*+,;=:@.-]*(?:\/|$))*$/.test(raw);
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
