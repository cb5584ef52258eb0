import type { RawHeaders } from '@pai/core';

/** Bytes for a reader: everything one side of a connection sends before it ends. */
export interface Input {
  readonly kind: 'request' | 'response';
  /** Method of the request that a response answers. */
  readonly method: string;
  /** One character a byte. */
  readonly text: string;
  /** Where the bytes are cut into the pieces that arrive, ascending. */
  readonly cuts: readonly number[];
}

/** A message as a reader took it; text has one character a byte. */
export interface ReadMessage {
  /** `POST /a HTTP/1.1`, or `HTTP/1.1 200`. */
  readonly start: string;
  /** Names as sent, values without the white space around them. */
  readonly fields: RawHeaders;
  /** The content so far. */
  body: string;
  trailers: RawHeaders;
  isWhole: boolean;
  /** Well-formed, and refused for what it asks: another host, a method or target that is never forwarded. */
  readonly isRefused?: boolean;
  /** Byte after the last one of a whole message, where the reader can tell. */
  end?: number;
}

/** All that a reader made of an input, and how it came out of it. */
export interface Reading {
  readonly messages: readonly ReadMessage[];
  /**
   * `refused`: some byte is against the grammar. `incomplete`: the last message wants more bytes. `closed`: after the
   * last message of a connection, nothing is read.
   */
  readonly ending: 'complete' | 'incomplete' | 'refused' | 'closed';
  /** What the reader said, where it refused. */
  readonly reason?: string;
}

/** Something that reads messages. Its `end`s are exact only where the input is cut. */
export interface Reader {
  readonly name: string;
  /** What it is, with its version. */
  readonly version: string;
  readonly kinds: readonly Input['kind'][];
  /** What it keeps to itself: the version, the order of fields and the case of their names. */
  readonly hides?: readonly ('version' | 'order')[];
  read(inputs: readonly Input[]): Promise<readonly Reading[]>;
  close(): void;
}

/** The pieces that `input` arrives in. */
export function piecesOf({ text, cuts }: Input): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  if (cuts.length === 0) return [bytes];
  return [...cuts, bytes.length].map((end, i) => bytes.subarray(cuts[i - 1] ?? 0, end));
}

/** Text in which every byte can be seen, as a JavaScript string literal. */
export function escapeBytes(text: string): string {
  const visible = JSON.stringify(text).replace(/\\u00([0-9a-f]{2})/g, '\\x$1');
  return visible.replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
