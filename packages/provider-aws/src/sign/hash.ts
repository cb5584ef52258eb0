import { hash } from 'node:crypto';

/** The SHA-256 of nothing, in lower-case hex. */
export const emptyHash = hash('sha256', '', 'hex');

/** The SHA-256, in lower-case hex, of text that holds a byte in each character. */
export function hashText(text: string): string {
  return hash('sha256', /[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1') : text, 'hex');
}
