import type { Duplex } from 'node:stream';
import { deleteHeader, getHeader, type RawHeaders } from '@pai/core';
import {
  formatInterim,
  formatLastChunk,
  formatResponseHead,
  type ResponseFraming,
} from '../http1/format-response-head.ts';
import { asBuffer } from './as-buffer.ts';

/** What a response must know of the request it answers. */
export interface Answering {
  readonly method: string;
  /** Minor version of HTTP/1 of the request. */
  readonly minor: 0 | 1;
  /** Whether the connection may carry another request, as far as is known when the head is sent. */
  readonly isKept: () => boolean;
  /** Everything was handed to the connection and taken by it. */
  readonly onSent: (isKept: boolean) => void;
}

/** Writes one response. */
export interface H1Response {
  readonly isStarted: () => boolean;
  inform(status: number, headers: RawHeaders): void;
  start(status: number, headers: RawHeaders): void;
  write(chunk: Uint8Array): boolean;
  end(trailers: RawHeaders): void;
}

/** A turn later, for a fraction of what `process.nextTick` costs. */
const afterwards = Promise.resolve();

/** Content up to this size goes into the same write as the head: one TLS record, one system call. */
const joinedSize = 16 * 1024;

/** A response on a connection that serves one at a time. */
export function createH1Response(socket: Duplex, { method, minor, isKept, onSent }: Answering): H1Response {
  let head: string | undefined;
  let framing: ResponseFraming = 'none';
  let remaining = 0;
  let isStarted = false;
  let willBeKept = false;
  let isEnded = false;
  let unsent = 0;

  const onWritten = () => {
    unsent -= 1;
    if (unsent === 0 && isEnded) onSent(willBeKept);
  };
  const put = (data: string | Uint8Array) => {
    unsent += 1;
    return typeof data === 'string' ? socket.write(data, 'latin1', onWritten) : socket.write(data, onWritten);
  };
  const flush = () => {
    if (head === undefined || socket.destroyed) return;
    const text = head;
    head = undefined;
    put(text);
  };
  const putContent = (chunk: Uint8Array): boolean => {
    const text = head;
    if (text === undefined) return put(chunk);
    head = undefined;
    if (chunk.length <= joinedSize) return put(text + asBuffer(chunk).toString('latin1'));
    socket.cork();
    put(text);
    const isRoomy = put(chunk);
    socket.uncork();
    return isRoomy;
  };
  const putChunk = (chunk: Uint8Array): boolean => {
    socket.cork();
    flush();
    put(`${chunk.length.toString(16)}\r\n`);
    put(chunk);
    const isRoomy = put('\r\n');
    socket.uncork();
    return isRoomy;
  };

  return {
    isStarted: () => isStarted,
    inform(status, headers) {
      if (minor === 1 && !isStarted && !socket.destroyed)
        socket.write(formatInterim(status, headers), 'latin1');
    },
    start(status, headers) {
      framing = framingOf(method, minor, status, headers);
      remaining = framing === 'length' ? Number(getHeader(headers, 'content-length')) : 0;
      if (status === 204) deleteHeader(headers, 'content-length');
      if (framing !== 'chunked') deleteHeader(headers, 'trailer');
      willBeKept = framing !== 'close' && isKept();
      head = formatResponseHead({ status, headers, framing, isKept: willBeKept });
      isStarted = true;
      // Content that comes with the head goes out with it.
      void afterwards.then(flush);
    },
    write(chunk) {
      if (framing === 'none' || chunk.length === 0 || socket.destroyed) return true;
      if (framing === 'chunked') return putChunk(chunk);
      remaining -= chunk.length;
      // More than was announced would be read as the next response.
      if (framing === 'length' && remaining < 0) {
        socket.destroy();
        return true;
      }
      return putContent(chunk);
    },
    end(trailers) {
      isEnded = true;
      if (framing === 'length' && remaining !== 0) return void socket.destroy();
      if (framing === 'chunked') {
        const last = formatLastChunk(trailers);
        const text = head === undefined ? last : head + last;
        head = undefined;
        put(text);
      } else if (head !== undefined) flush();
      else if (unsent === 0) onSent(willBeKept);
    },
  };
}

/** RFC 9112 section 6.3. */
function framingOf(method: string, minor: 0 | 1, status: number, headers: RawHeaders): ResponseFraming {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (getHeader(headers, 'content-length') !== undefined) return 'length';
  return minor === 1 ? 'chunked' : 'close';
}
