import type { RawHeaders } from '@pai/core';
import { type ChunkedReader, createChunkedReader } from './chunked-reader.ts';
import { protocolError } from './protocol-error.ts';
import { type Framing, findFraming, parseHead, type ResponseHeadLine } from './response-head.ts';

/** What a response is made of, in the order it arrives. Buffers are views that the receiver must not keep. */
export interface ResponseHandler {
  /** An interim response (1xx). */
  onInterim(head: ResponseHeadLine): void;
  onHead(head: ResponseHeadLine): void;
  onData(chunk: Buffer): void;
  /** `isReusable`: the connection may carry another request. */
  onEnd(trailers: RawHeaders, isReusable: boolean): void;
}

/** Reads one HTTP/1.1 response (RFC 9112) from the bytes of a connection. */
export interface ResponseReader {
  /** Throws `upstream_protocol` for anything that two readers could frame in two ways. */
  feed(chunk: Buffer): void;
  /** The connection ended: completes a response that was to end with it, else throws `upstream_protocol`. */
  close(): void;
}

/** Most bytes of a response head: more is refused. */
const maxHeadBytes = 256 * 1024;

/** Reads the response to a request with `method`. */
export function createResponseReader(method: string, handler: ResponseHandler): ResponseReader {
  let pending: Buffer | undefined;
  let framing: Framing | undefined;
  let remaining = 0;
  let chunks: ChunkedReader | undefined;
  let isDone = false;
  let isReusable = true;

  const end = (trailers: RawHeaders) => {
    isDone = true;
    handler.onEnd(trailers, isReusable);
  };

  const readHead = (chunk: Buffer): Buffer | undefined => {
    const bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    const at = bytes.indexOf('\r\n\r\n');
    if (at === -1 ? bytes.length > maxHeadBytes : at > maxHeadBytes)
      throw protocolError('a head that is too large');
    pending = at === -1 ? bytes : undefined;
    if (at === -1) return undefined;
    const head = parseHead(bytes.toString('latin1', 0, at + 2));
    const rest = bytes.subarray(at + 4);
    if (head.status === 101) throw protocolError('a protocol switch that nobody asked for');
    if (head.status < 200) {
      handler.onInterim(head);
      return rest;
    }
    framing = findFraming(method, head);
    isReusable = framing.isReusable;
    remaining = framing.kind === 'length' ? framing.length : 0;
    handler.onHead(head);
    if (framing.kind === 'none' || (framing.kind === 'length' && remaining === 0)) end([]);
    if (framing.kind === 'chunked') chunks = createChunkedReader(handler.onData, end);
    return rest;
  };

  const readLength = (chunk: Buffer): Buffer => {
    const part = chunk.length > remaining ? chunk.subarray(0, remaining) : chunk;
    remaining -= part.length;
    handler.onData(part);
    if (remaining === 0) end([]);
    return chunk.subarray(part.length);
  };

  return {
    feed(chunk) {
      let rest: Buffer | undefined = chunk;
      while (rest !== undefined && rest.length > 0) {
        if (isDone) throw protocolError('bytes after the end of a response');
        if (framing === undefined) rest = readHead(rest);
        else if (chunks !== undefined) rest = chunks.feed(rest);
        else if (framing.kind === 'length') rest = readLength(rest);
        else {
          handler.onData(rest);
          rest = undefined;
        }
      }
    },
    close() {
      if (isDone) return;
      if (framing?.kind !== 'close')
        throw protocolError('an end of the connection in the middle of a response');
      end([]);
    },
  };
}
