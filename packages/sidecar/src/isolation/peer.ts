import { type ErrorCode, errorStatus, isPaiError, PaiError } from '@pai/core';
import { encodeFrame, type Frame } from './frames.ts';

/** What a call gives: a value of JSON, and bytes beside it. */
export interface Answer {
  readonly value?: unknown;
  readonly bytes?: Uint8Array;
}

/** An answer as it came. */
export interface Answered {
  readonly value: unknown;
  readonly bytes: Buffer;
}

/** What is asked of this side. */
export type OnCall = (what: string, value: unknown, bytes: Buffer) => Answer | Promise<Answer>;

/** One side of a channel on which both sides ask and answer, in any order. */
export interface Peer {
  /** Rejects with the error of the other side, and with that of `end`. */
  call(what: string, value?: unknown, bytes?: Uint8Array): Promise<Answered>;
  /** Says something that has no answer. */
  say(what: string, value: unknown): void;
  receive(frame: Frame): void;
  /** Nothing comes any more: every call that waits rejects. */
  end(error: PaiError): void;
  /** Calls that wait. */
  waiting(): number;
}

/** How a side speaks and listens. */
export interface PeerOptions {
  readonly write: (frame: Buffer) => void;
  readonly onCall: OnCall;
  readonly onSaid?: (what: string, value: unknown) => void;
}

interface Message {
  readonly call?: number;
  readonly what?: string;
  readonly answer?: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string };
}

interface Waiting {
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: PaiError) => void;
}

/** Most questions of the other side that are being answered. */
const mostAsked = 2_000;

/** Begins to speak. Messages that make no sense throw from `receive`. */
export function createPeer({ write, onCall, onSaid }: PeerOptions): Peer {
  const calls = new Map<number, Waiting>();
  let count = 0;
  let asked = 0;
  let ended: PaiError | undefined;

  const answer = async (id: number, what: string, value: unknown, bytes: Buffer) => {
    let frame: Buffer;
    asked += 1;
    try {
      if (asked > mostAsked) throw new PaiError('overloaded', `more than ${mostAsked} questions at once`);
      const given = await onCall(what, value, bytes);
      frame = encodeFrame({ answer: id, value: given.value }, given.bytes);
    } catch (thrown) {
      frame = encodeFrame({ answer: id, error: crossing(thrown) });
    }
    asked -= 1;
    if (ended === undefined) write(frame);
  };

  return {
    call: (what, value, bytes) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        count += 1;
        calls.set(count, { resolve, reject });
        try {
          write(encodeFrame({ call: count, what, value }, bytes));
        } catch (cause) {
          calls.delete(count);
          reject(new PaiError('body_too_large', `what ${what} needs is too large to hand over`, { cause }));
        }
      }),
    say: (what, value) => {
      if (ended === undefined) write(encodeFrame({ what, value }));
    },
    receive({ message, bytes }) {
      if (typeof message !== 'object' || message === null) throw new RangeError('not a message');
      const { call, what, answer: id, value, error } = message as Message;
      if (typeof id === 'number') {
        const waiting = calls.get(id);
        calls.delete(id);
        if (error !== undefined) waiting?.reject(errorOf(error));
        else waiting?.resolve({ value, bytes });
        return;
      }
      if (typeof what !== 'string') throw new RangeError('not a message');
      if (typeof call === 'number') void answer(call, what, value, bytes);
      else onSaid?.(what, value);
    },
    end(error) {
      ended ??= error;
      for (const { reject } of calls.values()) reject(ended);
      calls.clear();
    },
    waiting: () => calls.size,
  };
}

/** What of an error crosses: of Pai's own their code and sentence, of others nothing that could hold a secret. */
export function crossing(thrown: unknown): { code: string; message: string } {
  if (isPaiError(thrown)) return { code: thrown.code, message: thrown.message.slice(0, 2_000) };
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return { code: 'internal', message: `it threw ${name.slice(0, 80)}` };
}

/** An error of the other side. One whose code is not known is `internal`. */
function errorOf({ code, message }: NonNullable<Message['error']>): PaiError {
  const known = typeof code === 'string' && Object.hasOwn(errorStatus, code);
  const said = typeof message === 'string' ? message.slice(0, 2_000) : 'it failed without a reason';
  // People read it in terminals, which obey what they are told.
  return new PaiError(known ? (code as ErrorCode) : 'internal', said.replace(/\p{C}/gu, ' '));
}
