import { type PaiError, type RawHeaders, toPaiError } from '@pai/core';
import type { ResponseSink } from '../upstream/call.ts';

/** The response to one request of an agent, as a program's messages make it. */
export interface Reply {
  /** The whole response. */
  readonly whole: (status: number, headers: RawHeaders, content: Buffer | string) => void;
  /** Begins a stream of events. */
  readonly open: (headers: RawHeaders) => void;
  readonly isOpen: () => boolean;
  /** One event (WHATWG HTML, section 9.2.6). */
  readonly event: (id: string | undefined, data: Buffer) => void;
  readonly end: () => void;
  /** Ends it with an error in place of a response, or cuts it off. */
  readonly fail: (error: PaiError) => void;
  /** Bytes that the agent has not taken. */
  readonly waiting: () => number;
  /** Called when the agent has taken everything. */
  readonly onRoom: (listener: () => void) => void;
  /** Called when it is over, however that came. */
  readonly onOver: (listener: () => void) => void;
}

/** A reply, and what its agent does with it. */
export interface HeldReply {
  readonly reply: Reply;
  /** The agent takes more. */
  readonly resume: () => void;
  /** The agent is gone; the sink hears nothing more. */
  readonly abandon: () => void;
}

/** A reply into a sink. Whatever is said after its end is lost. */
export function createReply(sink: ResponseSink): HeldReply {
  const queue: Buffer[] = [];
  const roomListeners: (() => void)[] = [];
  const overListeners: (() => void)[] = [];
  let waiting = 0;
  let isFull = false;
  let isOpen = false;
  let isOver = false;
  let isEnding = false;

  const over = () => {
    if (isOver) return false;
    isOver = true;
    queue.length = 0;
    waiting = 0;
    for (const listener of overListeners) listener();
    return true;
  };
  const fail = (error: PaiError) => {
    if (over()) sink.onError(error);
  };
  const attempt = (act: () => void) => {
    if (isOver) return;
    try {
      act();
    } catch (thrown) {
      fail(toPaiError(thrown, 'the response could not be passed on'));
    }
  };
  const finish = () => {
    if (over()) sink.onEnd([]);
  };
  const push = (bytes: Buffer) => {
    if (!isFull) {
      isFull = !sink.onData(bytes);
      return;
    }
    queue.push(bytes);
    waiting += bytes.length;
  };
  const begin = (status: number, headers: RawHeaders) => {
    isOpen = true;
    sink.onHead({ status, minor: 1, headers });
  };
  const reply: Reply = {
    whole: (status, headers, content) =>
      attempt(() => {
        const bytes = Buffer.from(content);
        begin(status, [...headers, 'content-length', String(bytes.length)]);
        if (bytes.length > 0) push(bytes);
        reply.end();
      }),
    open: (headers) => attempt(() => begin(200, [...headers, ...streamFields])),
    isOpen: () => isOpen,
    event: (id, data) =>
      attempt(() => {
        const fields = id === undefined ? 'data: ' : `id: ${id}\ndata: `;
        push(Buffer.concat([Buffer.from(fields), data, eventEnd]));
      }),
    end: () =>
      attempt(() => {
        isEnding = true;
        if (queue.length === 0) finish();
      }),
    fail,
    waiting: () => waiting,
    onRoom: (listener) => void roomListeners.push(listener),
    onOver: (listener) => (isOver ? listener() : void overListeners.push(listener)),
  };
  return {
    reply,
    resume: () =>
      attempt(() => {
        isFull = false;
        for (let bytes = queue.shift(); bytes !== undefined; bytes = isFull ? undefined : queue.shift()) {
          waiting -= bytes.length;
          isFull = !sink.onData(bytes);
        }
        if (queue.length > 0) return;
        if (isEnding) return finish();
        for (const listener of roomListeners) listener();
      }),
    abandon: () => void over(),
  };
}

const streamFields = ['content-type', 'text/event-stream', 'cache-control', 'no-cache'];
const eventEnd = Buffer.from('\n\n');
