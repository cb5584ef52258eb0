import { Readable } from 'node:stream';
import { createBody, openAudit, type UpstreamRequest } from '@pai/core';
import { afterEach, expect, test, vi } from 'vitest';
import { createEnding, type Exchange } from '../src/agent/exchange.ts';
import { carry } from '../src/forward.ts';
import type { ResponseSink } from '../src/upstream/call.ts';

afterEach(() => void vi.useRealTimers());

const facts = { id: '1', method: 'POST', host: 'x', port: 443, path: '/' };

function createExchange(): Exchange {
  const ending = createEnding();
  return {
    facts: () => facts,
    read() {
      throw new Error('it is not read here');
    },
    inform: () => {},
    start: () => {},
    write: () => true,
    onDrain: () => {},
    end: () => ending.settle('complete'),
    abort: () => ending.settle('gone'),
    onClose: ending.onClose,
  };
}

test('content that a service answers without taking it is waited for no longer', async () => {
  vi.useFakeTimers();
  let sink: ResponseSink | undefined;
  const call = { write: () => false, end: () => {}, onDrain: () => {}, resume: () => {}, abort: () => {} };
  const upstream = {
    send(_request: UpstreamRequest, _isPrivateAllowed: boolean, to: ResponseSink) {
      sink = to;
      return call;
    },
    close: () => {},
  };
  const content = new Readable({ read() {} });
  const body = createBody({ length: undefined, open: () => content });
  const event = openAudit(facts, Date.now());
  const request = { method: 'POST', host: 'x', port: 443, target: '/', headers: [], body };
  carry(
    createExchange(),
    { request, event, label: 'x', isPrivateAllowed: false },
    { upstream, stallDeadline: 1_000, idleDeadline: undefined },
  );
  content.push('content');
  await vi.advanceTimersByTimeAsync(10);
  expect(vi.getTimerCount()).toBe(1);
  sink?.onHead({ status: 413, headers: [], minor: 1 });
  sink?.onEnd([]);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(event).toMatchObject({ status: 413, bytes_in: 7 });
  expect(event.error).toBeUndefined();
});
