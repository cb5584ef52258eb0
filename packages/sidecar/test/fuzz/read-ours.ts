import { emptyBody, isPaiError, type RawHeaders, type ReadonlyRawHeaders } from '@pai/core';
import { readRequest } from '../../src/agent/read-request.ts';
import { type ContentReader, createContentReader } from '../../src/http1/content-reader.ts';
import { createHeadReader } from '../../src/http1/head-reader.ts';
import { maxRequestHead } from '../../src/http1/limits.ts';
import { malformed } from '../../src/http1/protocol-error.ts';
import { createFieldsReader } from '../../src/http1/request-fields.ts';
import { parseRequestHead, type RequestHeadLine } from '../../src/http1/request-head.ts';
import type { ResponseHeadLine } from '../../src/http1/response-head.ts';
import { createResponseReader, type ResponseHandler } from '../../src/http1/response-reader.ts';
import { requestHost } from './make-request.ts';
import { type Input, piecesOf, type Reading, type ReadMessage } from './reading.ts';

/** What Pai's own reader makes of an input, in the pieces it comes in. */
export function readWithOurs(input: Input): Reading {
  return input.kind === 'request' ? readRequests(input) : readResponse(input);
}

function readRequests(input: Input): Reading {
  const heads = createHeadReader({
    limit: maxRequestHead,
    tooLarge: () => malformed('a head that is too large'),
    fail: malformed,
  });
  const readFields = createFieldsReader();
  const messages: ReadMessage[] = [];
  let content: ContentReader | undefined;
  let isLast = false;
  let position = 0;
  const current = () => messages.at(-1) as ReadMessage;
  const end = (trailers: RawHeaders) => {
    Object.assign(current(), { trailers, isWhole: true });
    content = undefined;
  };
  const begin = (line: RequestHeadLine) => {
    const { fields } = line;
    const start = `${line.method} ${line.target} HTTP/1.${fields.minor}`;
    messages.push({ ...messageOf(start, fields.headers), isRefused: !isForwarded(line) });
    isLast = !fields.takesAnother;
    if (fields.framing.kind === 'none') return end([]);
    const onData = (chunk: Buffer) => {
      current().body += chunk.toString('latin1');
    };
    content = createContentReader(fields.framing, onData, end, malformed);
  };
  const take = (bytes: Buffer): Buffer => {
    if (content !== undefined) return content.feed(bytes);
    const found = heads.feed(bytes);
    if (found === undefined) return bytes.subarray(bytes.length);
    begin(parseRequestHead(found.text, readFields));
    return found.rest;
  };
  try {
    for (const piece of piecesOf(input)) {
      position += piece.length;
      let rest = piece;
      while (rest.length > 0) {
        rest = take(rest);
        const message = messages.at(-1);
        if (message?.isWhole === true) message.end ??= position - rest.length;
        // What follows the last request of a connection is not read.
        if (isLast && message?.isWhole === true) return { messages, ending: 'closed' };
      }
    }
  } catch (thrown) {
    return refusal(messages, thrown);
  }
  return { messages, ending: content !== undefined || heads.isPartial() ? 'incomplete' : 'complete' };
}

/** Whether the request is one for the host of the connection, with nothing that is never sent on. */
function isForwarded({ method, target, fields: { hosts, headers } }: RequestHeadLine): boolean {
  try {
    const head = { id: '', method, target, hosts, headers, protocol: 'h1', body: emptyBody } as const;
    readRequest(head, { host: requestHost, port: 443 });
    return true;
  } catch (thrown) {
    if (!isPaiError(thrown)) throw thrown;
    return false;
  }
}

function readResponse(input: Input): Reading {
  const messages: ReadMessage[] = [];
  const onHead = ({ status, minor, headers }: ResponseHeadLine) =>
    messages.push(messageOf(`HTTP/1.${minor} ${status}`, headers));
  const handler: ResponseHandler = {
    onInterim: (head) => void Object.assign(messages[onHead(head) - 1] as ReadMessage, { isWhole: true }),
    onHead,
    onData: (chunk) => {
      (messages.at(-1) as ReadMessage).body += chunk.toString('latin1');
    },
    onEnd: (trailers) => Object.assign(messages.at(-1) as ReadMessage, { trailers, isWhole: true }),
    onSwitch: () => {},
  };
  const reader = createResponseReader({ method: input.method }, handler);
  try {
    for (const piece of piecesOf(input)) if (piece.length > 0) reader.feed(piece);
  } catch (thrown) {
    return refusal(messages, thrown);
  }
  try {
    reader.close();
  } catch {
    return { messages, ending: 'incomplete' };
  }
  return { messages, ending: 'complete' };
}

function messageOf(start: string, fields: ReadonlyRawHeaders): ReadMessage {
  return { start, fields: [...fields], body: '', trailers: [], isWhole: false };
}

function refusal(messages: readonly ReadMessage[], thrown: unknown): Reading {
  if (!isPaiError(thrown)) throw thrown;
  return { messages, ending: 'refused', reason: thrown.message };
}
