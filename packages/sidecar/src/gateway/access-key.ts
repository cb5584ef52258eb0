import { createHash, randomBytes } from 'node:crypto';

/** A key of the gateway, and what is kept of it. */
export interface NewAccessKey {
  /** `pak_` and 256 random bits in base64url. Shown once. */
  readonly key: string;
  /** `spec.hash` of its resource. */
  readonly hash: string;
}

/** Makes a key. */
export function createAccessKey(): NewAccessKey {
  const key = `pak_${randomBytes(32).toString('base64url')}`;
  return { key, hash: `sha256:${hashAccessKey(key).toString('hex')}` };
}

/**
 * The SHA-256 of a key. A slow hash is for passwords, which can be guessed; 256 random bits cannot, and a request that
 * cost a tenth of a second to refuse would be worth sending.
 */
export function hashAccessKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Whether a text has the shape of a key. */
export function isAccessKey(text: string): boolean {
  return /^pak_[A-Za-z0-9_-]{43}$/.test(text);
}

/** Whether something with the shape of a key stands in a text, also percent-encoded. */
export function holdsAccessKey(text: string): boolean {
  return shape.test(text) || (text.includes('%') && shape.test(unescaped(text)));
}

/** A text with `pak_***` in place of all that could be a key, or the beginning of one. */
export function concealAccessKeys(text: string): string {
  const plain = text.includes('%') && /pak_/i.test(unescaped(text)) ? unescaped(text) : text;
  return plain.replace(/pak_[A-Za-z0-9_-]+/gi, 'pak_***');
}

/**
 * When a key ends, in milliseconds since the epoch; NaN for a date that there is not: JavaScript takes the 30th of February
 * for the 2nd of March. `text` is a time in UTC (RFC 3339).
 */
export function readExpiryTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) return time;
  return new Date(time).toISOString().startsWith(text.slice(0, 10)) ? time : Number.NaN;
}

const shape = /pak_[A-Za-z0-9_-]{20}/i;

function unescaped(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
