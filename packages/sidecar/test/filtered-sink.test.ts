import { PassThrough, pipeline, type Readable } from 'node:stream';
import type { Filtering } from '@pai/core';
import { describe, expect, test, vi } from 'vitest';
import { type AnyFilter, createFilteredSink } from '../src/filtered-sink.ts';

/** A sink that tells what it gets, behind a filter. */
function filterInto(told: string[], filter: AnyFilter) {
  return createFilteredSink(
    {
      onInterim: () => void told.push('interim'),
      onSwitch: () => void told.push('switch'),
      onHead: () => void told.push('head'),
      onData: (chunk) => told.push(String(chunk)) > 0,
      onEnd: () => void told.push('end'),
      onError: () => void told.push('error'),
    },
    filter,
    () => {},
  );
}

const head = { status: 200, minor: 1 } as const;

describe('a filter of content that nobody receives any more hears of it', () => {
  const streams: Readable[] = [];
  const transform = (content: Readable) => {
    const output = new PassThrough();
    streams.splice(0, 2, content, output);
    pipeline(content, output, () => {});
    return output;
  };

  test('in the middle', async () => {
    const told: string[] = [];
    const sink = filterInto(told, () => transform);
    sink.onHead({ ...head, headers: [] });
    sink.onData(Buffer.from('a'));
    await vi.waitFor(() => expect(told).toEqual(['head', 'a']));
    sink.close();
    await vi.waitFor(() => expect(streams.map(({ closed }) => closed)).toEqual([true, true]));
    expect(told).toEqual(['head', 'a']);
  });

  test('and when it had not decided yet', async () => {
    const told: string[] = [];
    const decided = Promise.withResolvers<Filtering>();
    const sink = filterInto(told, () => decided.promise);
    sink.onHead({ ...head, headers: [] });
    sink.onData(Buffer.from('a'));
    sink.close();
    decided.resolve(transform);
    await vi.waitFor(() => expect(streams.map(({ closed }) => closed)).toEqual([true, true]));
    expect(told).toEqual([]);
  });
});
