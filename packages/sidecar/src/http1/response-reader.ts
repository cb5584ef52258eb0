import { getHeader, type RawHeaders, type ReadonlyRawHeaders } from '@pai/core';
import { type ContentReader, createContentReader } from './content-reader.ts';
import { noContent, readFraming } from './framing.ts';
import { createHeadReader } from './head-reader.ts';
import { maxInterim, maxResponseHead } from './limits.ts';
import { isPersistent } from './persistence.ts';
import { protocolError } from './protocol-error.ts';
import { findResponseFraming, parseResponseHead, type ResponseHeadLine } from './response-head.ts';
import { isAccepted } from './websocket-handshake.ts';

/** What a response is made of, in the order it arrives. Buffers are views that the receiver must not keep. */
export interface ResponseHandler {
  /** An interim response (1xx). */
  onInterim(head: ResponseHeadLine): void;
  onHead(head: ResponseHeadLine): void;
  onData(chunk: Buffer): void;
  /** `isReusable`: the connection may carry another request. */
  onEnd(trailers: RawHeaders, isReusable: boolean): void;
  /** The service switched protocols as asked; `rest` is the first of what it says by the new one. */
  onSwitch(head: ResponseHeadLine, rest: Buffer): void;
}

/** What a response answers. */
export interface Answered {
  readonly method: string;
  /** The protocol that the request asked to switch to. */
  readonly upgrade?: string | undefined;
  /** Of the request, where it asked to switch. */
  readonly headers?: ReadonlyRawHeaders;
}

/** Reads one HTTP/1.1 response (RFC 9112) from the bytes of a connection. */
export interface ResponseReader {
  /** Throws `upstream_protocol` for anything that two readers could frame in two ways. */
  feed(chunk: Buffer): void;
  /** The connection ended: completes a response that was to end with it, else throws `upstream_protocol`. */
  close(): void;
}

const headLimits = {
  limit: maxResponseHead,
  tooLarge: () => protocolError('a head that is too large'),
  fail: protocolError,
};

/** Reads the response to `request`. */
export function createResponseReader(request: Answered, handler: ResponseHandler): ResponseReader {
  const heads = createHeadReader(headLimits);
  let content: ContentReader | undefined;
  let isDone = false;
  let isReusable = true;
  let endsWithConnection = false;
  let interim = 0;

  const end = (trailers: RawHeaders) => {
    isDone = true;
    handler.onEnd(trailers, isReusable);
  };

  const readInterim = (head: ResponseHeadLine) => {
    interim += 1;
    if (interim > maxInterim) throw protocolError('too many interim responses');
    if (head.minor === 0) throw protocolError('an interim response of HTTP/1.0');
    // llhttp reads content where one says that it has some, and takes the response after it for that.
    const framing = readFraming(head.headers, head.minor, protocolError) ?? noContent;
    if (framing.kind !== 'none') throw protocolError('an interim response with content');
    handler.onInterim(head);
  };

  const readHead = (chunk: Buffer): Buffer | undefined => {
    const found = heads.feed(chunk);
    if (found === undefined) return undefined;
    const head = parseResponseHead(found.text);
    if (head.status === 101) {
      checkSwitch(request, head);
      isDone = true;
      handler.onSwitch(head, found.rest);
      return undefined;
    }
    if (head.status < 200) readInterim(head);
    else startContent(head);
    return found.rest;
  };

  const startContent = (head: ResponseHeadLine) => {
    const framing = findResponseFraming(request.method, head);
    endsWithConnection = framing.kind === 'close';
    isReusable = !endsWithConnection && isPersistent(head.headers, head.minor);
    handler.onHead(head);
    if (framing.kind === 'none') end([]);
    else content = createContentReader(framing, handler.onData, end, protocolError);
  };

  return {
    feed(chunk) {
      let rest: Buffer | undefined = chunk;
      while (rest !== undefined && rest.length > 0) {
        if (isDone) throw protocolError('bytes after the end of a response');
        rest = content === undefined ? readHead(rest) : content.feed(rest);
      }
    },
    close() {
      if (isDone) return;
      if (!endsWithConnection) throw protocolError('an end of the connection in the middle of a response');
      end([]);
    },
  };
}

/** RFC 9110 section 15.2.2: the protocol that was asked for, and no other. */
function checkSwitch({ upgrade, headers: asked = [] }: Answered, { headers, minor }: ResponseHeadLine): void {
  const switched = getHeader(headers, 'upgrade')?.toLowerCase();
  if (upgrade === undefined || minor !== 1 || switched !== upgrade.toLowerCase())
    throw protocolError('a protocol switch that nobody asked for');
  if (switched === 'websocket' && !isAccepted(asked, headers))
    throw protocolError('a WebSocket handshake that does not answer the one it got');
}
