import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type AuditEvent, createRedactor, Secret } from '@pai/core';
import { afterEach, expect, test, vi } from 'vitest';
import { createEncodedSink } from '../../src/redact/encoded.ts';

const credential = 'canary-7f3a91c2e5d84b60';
afterEach(() => void vi.useRealTimers());

const oneWord = randomBytes(3 * 2 ** 20).toString('hex');

test.each([
  ['gzip', gzipSync(oneWord, { level: 1 })],
  ['zstd', zstdCompressSync(oneWord)],
] as const)('of %s content that is one long word nothing waits but its end', async (coding, encoded) => {
  // No pause is long enough to let anything go on by.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const got: Buffer[] = [];
  const size = () => got.reduce((sum, { length }) => sum + length, 0);
  const ended = vi.fn();
  const receiver = {
    onHead: () => {},
    onData: (chunk: Buffer) => got.push(chunk) > 0,
    onEnd: ended,
    onError: () => {},
  };
  const redactor = createRedactor(() => [new Secret('api-token/token', credential)]);
  const sink = createEncodedSink(coding, receiver, {
    redactor,
    event: {} as AuditEvent,
    onRoom: () => {},
  });
  sink.onHead({ status: 200, headers: [], minor: 1 });
  const part = 2 ** 16;
  const last = encoded.length - part;
  for (let at = 0; at < last; at += part) sink.onData(encoded.subarray(at, Math.min(last, at + part)));
  // What was decoded of the last parts, and a block of zstd that has not come whole.
  for (let i = 0; i < 100_000 && size() < last - 5 * part; i += 1) await turn();
  expect(size()).toBeGreaterThanOrEqual(last - 5 * part);
  sink.onData(encoded.subarray(last));
  sink.onEnd([]);
  for (let i = 0; i < 100_000 && ended.mock.calls.length === 0; i += 1) await turn();
  expect(Buffer.concat(got).equals(encoded)).toBe(true);
});
