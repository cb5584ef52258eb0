import type { PaiError, RawHeaders } from '@pai/core';
import type { EventWindow } from './event-window.ts';
import type { Reply } from './reply.ts';

/** How the response of a lane begins. */
export interface LaneOptions {
  readonly headers?: RawHeaders;
  /** Its stream begins with the name of an event, so that the agent can resume it (MCP 2025-11-25). */
  readonly isPrimed?: boolean;
}

/** What goes to an agent in one stream, over one response or, when that is lost, several. */
export interface Lane {
  readonly number: number;
  /** Requests that have no answer yet. */
  pending: number;
  /** What comes goes into this response from now on. */
  readonly attach: (reply: Reply) => void;
  /** Whether this response was the one. */
  readonly detach: (reply: Reply) => boolean;
  /** Whether an agent listens. */
  readonly isHeard: () => boolean;
  /** Begins the stream. */
  readonly open: () => void;
  /** One message; gives the response that it went into. */
  readonly give: (data: Buffer) => Reply | undefined;
  /** The only message, as content of its own. False where it belongs into a stream, which can be resumed, or nobody listens. */
  readonly answerWhole: (data: Buffer) => boolean;
  /** Number of the last event that went into a response. */
  readonly given: () => number;
  readonly end: () => void;
  /** The answer to a request that gets none. */
  readonly fail: (id: unknown, why: PaiError) => void;
}

/** Milliseconds after which an agent sees that its request is being worked on. */
const openAfter = 1_000;

/** A lane that nobody listens to yet. */
export function createLane(number: number, window: EventWindow | undefined, options: LaneOptions): Lane {
  let reply: Reply | undefined;
  let timer: NodeJS.Timeout | undefined;
  let given = 0;
  const { headers = [], isPrimed = false } = options;
  const open = () => {
    clearTimeout(timer);
    if (reply === undefined || reply.isOpen()) return;
    reply.open(headers);
    if (isPrimed) reply.event(`${number}-0`, Buffer.alloc(0));
  };
  const give: Lane['give'] = (data) => {
    const id = window?.add(number, data);
    if (reply === undefined) return undefined;
    open();
    reply.event(id, data);
    given = window?.last() ?? 0;
    return reply;
  };
  return {
    number,
    pending: 0,
    attach(next) {
      reply?.end();
      reply = next;
      given = window?.last() ?? 0;
      timer = setTimeout(open, openAfter).unref();
    },
    detach(old) {
      clearTimeout(timer);
      if (reply !== old) return false;
      reply = undefined;
      return true;
    },
    isHeard: () => reply !== undefined,
    open,
    give,
    answerWhole(data) {
      if (window !== undefined || reply === undefined || reply.isOpen()) return false;
      reply.whole(200, [...headers, 'content-type', 'application/json'], data);
      return true;
    },
    given: () => given,
    end() {
      open();
      reply?.end();
    },
    fail(id, why) {
      if (reply !== undefined && !reply.isOpen()) return reply.fail(why);
      const error = { code: internalError, message: why.message };
      give(Buffer.from(`{"jsonrpc":"2.0","id":${idText(id)},"error":${JSON.stringify(error)}}`));
    },
  };
}

/** JSON-RPC 2.0, section 5.1. */
const internalError = -32_603;

function idText(id: unknown): string {
  return typeof id === 'bigint' ? String(id) : JSON.stringify(id);
}
