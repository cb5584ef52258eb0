import { type AuditEvent, createRedactor, Secret } from '@pai/core';
import { expect, test, vi } from 'vitest';
import { createPlainSink } from '../../src/redact/plain.ts';

test.each(['canary-7f3a', 'guess-99999'])(
  '%s at the end of a part is not let go while the agent takes nothing',
  async (end) => {
    const got: string[] = [];
    const redactor = createRedactor(() => [new Secret('api-token/token', 'canary-7f3a91c2e5d84b60')]);
    const receiver = {
      onHead: () => {},
      onData: (chunk: Buffer) => {
        got.push(chunk.toString());
        return false;
      },
      onEnd: () => {},
      onError: () => {},
    };
    const sink = createPlainSink(receiver, { redactor, event: {} as AuditEvent, onRoom: () => {} });
    expect(sink.onData(Buffer.from(`one line\n${end}`))).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(got).toEqual(['one line\n']);
    sink.resume();
    sink.onData(Buffer.from(' on\n'));
    expect(got).toEqual(['one line\n', `${end} on\n`]);
    sink.onEnd([]);
  },
);

test.each([
  ['gRPC, where an agent waits for each message', true, 2],
  ['other content', false, 20],
])('of %s what no credential begins with is let go when nothing follows it', (_what, isGrpc, delay) => {
  vi.useFakeTimers();
  try {
    const got: string[] = [];
    const redactor = createRedactor(() => [new Secret('api-token/token', 'canary-7f3a91c2e5d84b60')]);
    const receiver = {
      onHead: () => {},
      onData: (chunk: Buffer) => got.push(chunk.toString()) > 0,
      onEnd: () => {},
      onError: () => {},
    };
    const sink = createPlainSink(receiver, { redactor, event: {} as AuditEvent, onRoom: () => {}, isGrpc });
    sink.onData(Buffer.from('Hello'));
    vi.advanceTimersByTime(delay - 1);
    expect(got).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(got).toEqual(['Hello']);
    sink.close();
  } finally {
    vi.useRealTimers();
  }
});
