import { getHeader, type ReadonlyRawHeaders } from '@pai/core';
import { formatFields } from './format-fields.ts';
import { keepAliveSeconds } from './limits.ts';
import { reasonPhrases } from './reason-phrases.ts';

/** How the content of a response that is written ends. */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'close';

/** What a response head is written from. */
export interface ResponseHeadParts {
  readonly status: number;
  /** Without hop-by-hop fields; `Content-Length` is in them when `framing` is `length`. */
  readonly headers: ReadonlyRawHeaders;
  readonly framing: ResponseFraming;
  /** The connection takes another request. */
  readonly isKept: boolean;
  /** In place of the usual reason phrase; printable ASCII. */
  readonly reason?: string;
}

/** Without it undici closes after 4 seconds. */
const kept = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds - 3}\r\n`;

/** The head of a final response, to be written as latin1. Throws when a value would break out of its line. */
export function formatResponseHead(parts: ResponseHeadParts): string {
  const { status, headers, framing, isKept, reason = reasonPhrases[status] ?? '' } = parts;
  const lines = formatFields(headers, brokenField);
  const date = getHeader(headers, 'date') === undefined ? `Date: ${httpDate()}\r\n` : '';
  const coding = framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '';
  const connection = isKept ? kept : 'Connection: close\r\n';
  return `HTTP/1.1 ${status} ${reason}\r\n${lines}${date}${coding}${connection}\r\n`;
}

/** The whole of an interim response (1xx), to be written as latin1. Throws when a value would break out of its line. */
export function formatInterim(status: number, headers: ReadonlyRawHeaders): string {
  return `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\n${formatFields(headers, brokenField)}\r\n`;
}

/** The last chunk and the trailer section (RFC 9112 section 7.1.2). Throws when a value would break out of its line. */
export function formatLastChunk(trailers: ReadonlyRawHeaders): string {
  return trailers.length === 0 ? '0\r\n\r\n' : `0\r\n${formatFields(trailers, brokenField)}\r\n`;
}

function brokenField(name: string): Error {
  return new Error(`the field ${JSON.stringify(name)} would break out of its line`);
}

let lastDate = { second: Number.NaN, text: '' };

/** Many responses share a second (RFC 9110 section 5.6.7). */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (lastDate.second !== second) lastDate = { second, text: new Date(second * 1_000).toUTCString() };
  return lastDate.text;
}
