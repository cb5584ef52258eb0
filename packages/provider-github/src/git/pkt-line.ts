import { PaiError } from '@pai/core';

/** One pkt-line (gitprotocol-common): its payload, or `flush`, and where the next one begins. */
export interface PktLine {
  readonly payload: Buffer | 'flush';
  readonly end: number;
}

/** Longest pkt-line, its four digits included. */
const maxLength = 65_520;

/** The pkt-line at `at`, or undefined while it is not all there. Throws `malformed_request` for a length that none has. */
export function readPktLine(bytes: Buffer, at: number): PktLine | undefined {
  if (bytes.length < at + 4) return undefined;
  const digits = bytes.toString('latin1', at, at + 4);
  const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  if (length === 0) return { payload: 'flush', end: at + 4 };
  if (!(length > 4 && length <= maxLength)) {
    throw new PaiError('malformed_request', 'the push has a pkt-line of an impossible length');
  }
  const end = at + length;
  return bytes.length < end ? undefined : { payload: bytes.subarray(at + 4, end), end };
}

/** A pkt-line with this payload. */
export function pktLine(payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload);
  const digits = (bytes.length + 4).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(digits), bytes]);
}

/** The pkt-line that ends a list. */
export const flushPkt: Buffer = Buffer.from('0000');
