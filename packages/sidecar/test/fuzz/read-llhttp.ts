import { createRequire } from 'node:module';
import type { RawHeaders } from '@pai/core';
import { type Input, piecesOf, type Reader, type Reading, type ReadMessage } from './reading.ts';

/** The part of Node's own binding that is used here; `node:http` is built on it. */
interface HttpParser {
  [callback: number]: (...args: never[]) => unknown;
  initialize(type: number, resource: object, maxHeadBytes: number, leniency: number): void;
  /** Bytes taken, or an error. */
  execute(chunk: Buffer): number | (Error & { code: string; reason: string });
  finish(): undefined | (Error & { code: string; reason: string });
}

interface HttpParserClass {
  new (): HttpParser;
  readonly [constant: string]: number;
}

const { HTTPParser, methods } = createRequire(import.meta.url)('_http_common') as {
  readonly HTTPParser: HttpParserClass;
  readonly methods: readonly string[];
};

const constant = (name: string) => HTTPParser[name] ?? Number.NaN;
const skipContent = 1;
const maxHeadBytes = 64 * 1024;

/** Node's own parser, strict. */
export function createLlhttpReader(): Reader {
  const parser = new HTTPParser();
  const methodNames = learnMethods();
  let messages: ReadMessage[] = [];
  let isOpen = false;
  let hasHead = false;
  let input: Input | undefined;
  let flushed: RawHeaders = [];
  let flushedUrl = '';
  let isFinal = false;

  const take = (headers: RawHeaders | undefined) => {
    const fields = headers === undefined || headers.length === 0 ? flushed : [...flushed, ...headers];
    flushed = [];
    return fields.map((text, i) => (i % 2 === 0 ? text : text.replace(/^[\t ]+|[\t ]+$/g, '')));
  };
  const onHeaders = (headers: RawHeaders, url: string) => {
    flushed.push(...headers);
    if (!hasHead) flushedUrl += url;
  };
  const onHead = (
    ...[major, minor, headers, method, url, status]: [number, number, RawHeaders?, number?, string?, number?]
  ) => {
    const version = `HTTP/${major}.${minor}`;
    const start =
      input?.kind === 'response'
        ? `${version} ${status}`
        : `${methodNames.get(method ?? -1) ?? method} ${flushedUrl}${url ?? ''} ${version}`;
    flushedUrl = '';
    messages.push({ start, fields: take(headers), body: '', trailers: [], isWhole: false });
    hasHead = true;
    isFinal = status === undefined || status === null || status >= 200;
    return isFinal && input?.method === 'HEAD' ? skipContent : 0;
  };
  parser[constant('kOnMessageBegin')] = () => {
    isOpen = true;
    hasHead = false;
    flushed = [];
    flushedUrl = '';
  };
  parser[constant('kOnHeaders')] = onHeaders;
  parser[constant('kOnHeadersComplete')] = onHead;
  parser[constant('kOnBody')] = (chunk: Buffer) => {
    (messages.at(-1) as ReadMessage).body += chunk.toString('latin1');
  };
  let position = 0;
  parser[constant('kOnMessageComplete')] = () => {
    const message = messages.at(-1) as ReadMessage;
    message.trailers = take(undefined);
    message.isWhole = true;
    message.end = position;
    isOpen = false;
  };

  const readOne = (given: Input): Reading => {
    input = given;
    messages = [];
    isOpen = false;
    position = 0;
    const type = given.kind === 'request' ? constant('REQUEST') : constant('RESPONSE');
    parser.initialize(type, {}, maxHeadBytes, constant('kLenientNone'));
    for (let piece of piecesOf(given)) {
      position += piece.length;
      // It stops after a request that asks for an upgrade, so that someone else may take over: here, nobody does.
      while (piece.length > 0) {
        const taken = parser.execute(piece);
        if (typeof taken !== 'number')
          return { messages, ending: 'refused', reason: `${taken.code} ${taken.reason}` };
        if (taken === 0) return { messages, ending: 'refused', reason: 'stopped at a switch of protocols' };
        piece = piece.subarray(taken);
      }
    }
    const error = parser.finish();
    if (error !== undefined && !isOpen) return { messages, ending: 'refused', reason: error.reason };
    return { messages, ending: isOpen ? 'incomplete' : 'complete' };
  };

  return {
    name: 'llhttp',
    version: `llhttp ${process.versions.llhttp} in Node ${process.versions.node}`,
    kinds: ['request', 'response'],
    read: async (inputs) => inputs.map(readOne),
    close: () => {},
  };
}

/** The binding gives a method's number, and no table of them. */
function learnMethods(): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const parser = new HTTPParser();
  for (const name of methods) {
    parser[constant('kOnHeadersComplete')] = (...args: unknown[]) => void names.set(args[3] as number, name);
    parser.initialize(constant('REQUEST'), {}, maxHeadBytes, constant('kLenientNone'));
    parser.execute(Buffer.from(`${name} ${name === 'CONNECT' ? 'a:1' : '/'} HTTP/1.1\r\n\r\n`));
  }
  return names;
}
