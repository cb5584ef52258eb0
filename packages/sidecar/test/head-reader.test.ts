import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { createHeadReader } from '../src/http1/head-reader.ts';

const limits = {
  limit: 256 * 1024,
  tooLarge: () => new Error('too large'),
  fail: (what: string) => Object.assign(new Error(what), { code: 'upstream_protocol', status: 502 }) as never,
};

test.each([1, 2, 3, 1_000])(
  'heads that come %i bytes at a time are read one after another, for little',
  async (size) => {
    const lines = `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(40_000)}`;
    const heads = createHeadReader(limits);
    const read = () => {
      for (const status of ['200', '404']) {
        const text = lines.replace('200', status);
        const bytes = Buffer.from(`${text}\r\nrest`);
        const end = text.length + 2;
        let found: ReturnType<typeof heads.feed>;
        let at = 0;
        for (; found === undefined && at < bytes.length; at += size)
          found = heads.feed(bytes.subarray(at, at + size));
        expect(found?.text === text).toBe(true);
        expect(found?.rest.toString()).toBe(bytes.toString('latin1', end, Math.min(at, bytes.length)));
        expect(heads.isPartial()).toBe(false);
      }
    };
    expect(await cpuSeconds(read)).toBeLessThan(5);
  },
);

test('a head that comes byte by byte may be as long as the limit, and no longer', () => {
  const text = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(50)}\r\n`;
  const feed = (limit: number) => {
    const heads = createHeadReader({ ...limits, limit });
    let found: ReturnType<typeof heads.feed>;
    for (const byte of Buffer.from(`${text}\r\n`)) found = heads.feed(Buffer.from([byte]));
    return found?.text;
  };
  expect(feed(text.length + 2)).toBe(text);
  expect(() => feed(text.length + 1)).toThrow('too large');
});
