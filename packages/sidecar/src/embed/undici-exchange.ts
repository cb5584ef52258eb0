import { STATUS_CODES } from 'node:http';
import { PaiError, type RawHeaders, toPaiError } from '@pai/core';
import type { Dispatcher } from 'undici';
import { asBuffer } from '../agent/as-buffer.ts';
import { createEnding, type Exchange } from '../agent/exchange.ts';
import type { Aimed } from '../agent/h1-exchange.ts';
import { factsOf, type RequestHead, readRequest } from '../agent/read-request.ts';

/** A request and what it is for. */
export interface AimedDispatch extends Pick<Aimed, 'connection' | 'refusal'> {
  readonly head: RequestHead;
}

/** One request of a program that was dispatched through undici, and its response. It switches no protocols. */
export function createUndiciExchange(
  { connection, refusal, head }: AimedDispatch,
  handler: Dispatcher.DispatchHandler,
  agent: string | undefined,
): Exchange {
  const ending = createEnding();
  let onRoom: (() => void) | undefined;
  let isPaused = false;
  let reason: Error | null = null;

  const fail = (error: Error, end: 'gone' | 'complete' = 'gone') => {
    if (ending.isSettled()) return;
    ending.settle(end);
    queueMicrotask(() => handler.onResponseError?.(controller, error));
  };
  const tell = (callback: () => void) => {
    if (ending.isSettled()) return;
    try {
      callback();
    } catch (thrown) {
      fail(thrown instanceof Error ? thrown : toPaiError(thrown, 'the response could not be taken'));
    }
  };
  const controller: Dispatcher.DispatchController = {
    get aborted() {
      return reason !== null;
    },
    get paused() {
      return isPaused;
    },
    get reason() {
      return reason;
    },
    abort(error) {
      if (!ending.isSettled()) reason = error;
      fail(error);
    },
    pause() {
      isPaused = true;
    },
    resume() {
      if (!isPaused) return;
      isPaused = false;
      onRoom?.();
    },
  };
  tell(() => handler.onRequestStart?.(controller, {}));

  return {
    facts: () => factsOf(head, connection, agent),
    read() {
      if (refusal !== undefined) throw refusal;
      return readRequest(head, connection, agent);
    },
    inform: () => {},
    start(status, headers) {
      controller.rawHeaders = headers.map((text) => Buffer.from(text, 'latin1'));
      tell(() =>
        handler.onResponseStart?.(controller, status, fieldsOf(headers), STATUS_CODES[status] ?? ''),
      );
    },
    write(chunk) {
      if (chunk.length > 0) tell(() => handler.onResponseData?.(controller, asBuffer(chunk)));
      return !isPaused;
    },
    onDrain(listener) {
      onRoom = listener;
    },
    end(trailers) {
      controller.rawTrailers = trailers.map((text) => Buffer.from(text, 'latin1'));
      tell(() => handler.onResponseEnd?.(controller, fieldsOf(trailers)));
      ending.settle('complete');
    },
    abort: () => fail(cutOff()),
    onClose: ending.onClose,
  };
}

function cutOff(): PaiError {
  return new PaiError(
    'upstream_unreachable',
    'the response was cut off before its end; the audit log says why',
  );
}

function fieldsOf(headers: RawHeaders): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const known = fields[name];
    fields[name] = known === undefined ? value : [known, value].flat();
  }
  return fields;
}
