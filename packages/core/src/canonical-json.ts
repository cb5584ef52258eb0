import { createHash } from 'node:crypto';
import { formatJson } from './json-text.ts';

/**
 * The one JSON text of a value that `readJson` gave: members in the order of their names, everything else as it was. Two
 * texts are the same exactly when every client reads the same from both. `indent` is a number of spaces. Default: one line.
 */
export function canonicalJson(value: unknown, indent?: number): string {
  return formatJson(sorted(value), indent);
}

/** `sha256:` and the SHA-256, in hexadecimal digits, of a value's canonical JSON in UTF-8. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || isRawJson(value)) return value;
  const members = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const { isRawJSON: isRawJson } = JSON as unknown as { readonly isRawJSON: (value: unknown) => boolean };
