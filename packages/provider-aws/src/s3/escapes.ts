import { printable } from '@pai/core';
import { unreadable } from './refuse.ts';

/**
 * Text without its percent-encoding, taken off once; `+` stays. Throws `malformed_request` for a broken escape, for what
 * is not UTF-8 and for NUL: a name that is no text has no ARN.
 */
export function decodeEscapes(raw: string, what: string): string {
  if (!raw.includes('%')) return raw;
  try {
    const decoded = decodeURIComponent(raw);
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // the same answer as for NUL
  }
  throw unreadable(
    `${what} ${printable(raw)} is not percent-encoded UTF-8; encode % as %25, and text as UTF-8`,
  );
}

/** What a path, a value of a query or `x-amz-copy-source` may mean: S3 reads `+` there as a space, other servers as itself. */
export function readingsOf(raw: string, what: string): readonly string[] {
  const literal = decodeEscapes(raw, what);
  return raw.includes('+') ? [decodeEscapes(raw.replaceAll('+', ' '), what), literal] : [literal];
}

/** Whether the dot segments of a key would climb out of its bucket on a server that takes a path's dot segments away. */
export function isClimbing(key: string): boolean {
  if (!key.includes('..')) return false;
  let depth = 0;
  for (const segment of key.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '.' && segment !== '') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Whether a segment of decoded text is `..`. */
export function hasParent(text: string): boolean {
  return text.includes('..') && text.split('/').includes('..');
}

/** The same of a value in a raw query, however it is escaped. */
export function hasParentInQuery(query: string): boolean {
  return /(?:=|\/|%2f)(?:\.|%2e){2}(?:[/&]|%2f|$)/i.test(query);
}
