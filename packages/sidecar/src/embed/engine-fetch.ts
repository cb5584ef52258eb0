import { randomUUID } from 'node:crypto';
import { bodyOf, emptyBody, PaiError, parseAuthority, type RawHeaders } from '@pai/core';
import { createEnding, type Exchange, type Handle } from '../agent/exchange.ts';
import { factsOf, type RequestHead, readRequest } from '../agent/read-request.ts';

/** Whose requests they are, and what takes them. */
export interface EngineFetchOptions {
  readonly handle: Handle;
  /** `AgentRequest.agent`. */
  readonly agent?: string;
  /** The Provider's name. */
  readonly provider: string;
}

/** A `fetch` whose requests are judged, sent and recorded as if an agent had sent them to the Provider. Content is text. */
export function createEngineFetch({ handle, agent, provider }: EngineFetchOptions): typeof fetch {
  return (input, init = {}) =>
    new Promise<Response>((resolve, reject) => {
      const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
      const connection = parseAuthority(host, 443);
      const head = headOf(`${pathname}${search}`, host, init);
      const ending = createEnding();
      const answer = createAnswer(resolve, () => ending.settle('gone'));
      const cut = (reason: unknown) => {
        const error = reason instanceof Error ? reason : new PaiError('internal', 'the request was cut off');
        answer.fail(error);
        reject(error);
        ending.settle('gone');
      };
      const exchange: Exchange = {
        facts: () => factsOf(head, connection, agent),
        read: () => ({ ...readRequest(head, connection, agent), provider }),
        inform: () => {},
        start: answer.start,
        write: answer.write,
        onDrain: answer.onDrain,
        end() {
          answer.end();
          ending.settle('complete');
        },
        abort: () => cut(undefined),
        onClose: ending.onClose,
      };
      const { signal } = init;
      if (signal?.aborted === true) return cut(signal.reason);
      const onAbort = () => cut(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      ending.onClose(() => signal?.removeEventListener('abort', onAbort));
      handle(exchange);
    });
}

function headOf(target: string, host: string, { method = 'GET', headers, body }: RequestInit): RequestHead {
  const fields: RawHeaders = ['host', host];
  for (const [name, value] of new Headers(headers)) fields.push(name, value);
  const content = typeof body === 'string' ? bodyOf(body) : emptyBody;
  if (content.length !== 0) fields.push('content-length', String(content.length));
  return { id: randomUUID(), method, target, hosts: [host], headers: fields, protocol: 'h1', body: content };
}

/** Most bytes of a response that says what went wrong: it is read whole. Others are limited where they are judged. */
const longestFailure = 64 << 10;

/** A response that comes piece by piece. */
function createAnswer(onHead: (response: Response) => void, onCancel: () => void) {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let drain: (() => void) | undefined;
  let isOver = false;
  let room = Number.POSITIVE_INFINITY;
  const body = () =>
    new ReadableStream<Uint8Array>({
      start: (started) => {
        controller = started;
      },
      pull: () => drain?.(),
      cancel() {
        isOver = true;
        onCancel();
      },
    });
  const end = () => {
    if (!isOver) controller?.close();
    isOver = true;
  };
  return {
    start(status: number, headers: RawHeaders) {
      if (status >= 300) room = longestFailure;
      const fields = new Headers();
      for (let i = 0; i < headers.length; i += 2) fields.append(headers[i] ?? '', headers[i + 1] ?? '');
      const isBare = status === 204 || status === 205 || status === 304;
      onHead(new Response(isBare ? null : body(), { status, headers: fields }));
    },
    write(chunk: Uint8Array): boolean {
      if (isOver) return true;
      controller?.enqueue(chunk.subarray(0, room));
      room -= chunk.length;
      if (room > 0) return (controller?.desiredSize ?? 1) > 0;
      end();
      onCancel();
      return true;
    },
    onDrain(listener: () => void) {
      drain = listener;
    },
    end,
    fail(error: Error) {
      if (!isOver) controller?.error(error);
      isOver = true;
    },
  };
}
