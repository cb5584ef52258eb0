import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate, setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bodyOf, createBody, emptyBody } from '../src/body.ts';

const streaming = (...chunks: readonly string[]) =>
  createBody({ length: undefined, open: () => Readable.from(chunks.map((chunk) => Buffer.from(chunk))) });

test('a stream gives the whole content when nobody has looked', async () => {
  expect((await buffer(streaming('ab', 'cd', 'e').stream())).toString()).toBe('abcde');
});

test('nothing is opened before it is asked for, and only once', async () => {
  let opened = 0;
  const body = createBody({
    length: 3,
    open: () => {
      opened += 1;
      return Readable.from([Buffer.from('abc')]);
    },
  });
  expect(opened).toBe(0);
  await body.peek(1);
  await body.bytes(10);
  await buffer(body.stream());
  expect(opened).toBe(1);
});

test('what was looked at is still in the stream', async () => {
  const body = streaming('ab', 'cd', 'ef');
  expect((await body.peek(1)).toString()).toBe('ab');
  expect((await body.peek(3)).toString()).toBe('abcd');
  expect((await buffer(body.stream())).toString()).toBe('abcdef');
});

test('looking stops as soon as enough was seen', async () => {
  const body = streaming('0014line', '0000', 'PACK');
  const seen = await body.peek(1_000, (read) => read.includes('0000'));
  expect(seen.toString()).toBe('0014line0000');
  expect((await buffer(body.stream())).toString()).toBe('0014line0000PACK');
});

test('looking past the end gives all of it, again and again', async () => {
  const body = streaming('ab', 'c');
  expect((await body.peek(100)).toString()).toBe('abc');
  expect((await body.peek(100)).toString()).toBe('abc');
  expect((await body.bytes(3)).toString()).toBe('abc');
  expect((await buffer(body.stream())).toString()).toBe('abc');
});

test('a body of exactly the limit is read and one byte more is refused, never cut', async () => {
  expect((await streaming('ab', 'cd').bytes(4)).toString()).toBe('abcd');
  const body = streaming('ab', 'cd', 'e');
  await expect(body.bytes(4)).rejects.toMatchObject({ code: 'body_too_large', status: 413 });
  expect((await buffer(body.stream())).toString()).toBe('abcde');
});

test('a declared length over the limit is refused before anything is read', async () => {
  let isOpened = false;
  const body = createBody({
    length: 5,
    open: () => {
      isOpened = true;
      return Readable.from([]);
    },
  });
  await expect(body.bytes(4)).rejects.toMatchObject({ code: 'body_too_large' });
  expect(isOpened).toBe(false);
});

test('an empty stream is no content', async () => {
  const body = streaming();
  expect((await body.bytes(0)).length).toBe(0);
  expect((await body.peek(10)).length).toBe(0);
  expect((await buffer(body.stream())).length).toBe(0);
  expect((await buffer(emptyBody.stream())).length).toBe(0);
  expect(emptyBody.length).toBe(0);
});

test('a body that is cut off is an error, not a short body', async () => {
  const source = new PassThrough();
  const body = createBody({ length: undefined, open: () => source });
  source.write('half');
  expect((await body.peek(3)).toString()).toBe('half');
  const read = body.bytes(100);
  source.destroy();
  await expect(read).rejects.toMatchObject({ code: 'malformed_request', message: /cut off/ });
  await expect(body.bytes(100)).rejects.toMatchObject({ code: 'malformed_request' });
});

test('content that comes in time is not late because the clock was set', async () => {
  const stream = new Readable({ read() {} });
  const read = createBody({ length: undefined, open: () => stream }).bytes(10);
  stream.push('one');
  await setImmediate();
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
  onTestFinished(() => void vi.restoreAllMocks());
  stream.push('two');
  await setTimeout(20);
  stream.push(null);
  expect(String(await read)).toBe('onetwo');
});

test('an error of the source is the error of the reader', async () => {
  const source = new PassThrough();
  const read = createBody({ length: undefined, open: () => source }).bytes(100);
  source.destroy(new Error('reset'));
  await expect(read).rejects.toThrow('reset');
});

test('chunks that come later are waited for, without reading ahead more than was asked', async () => {
  const source = new PassThrough({ highWaterMark: 4 });
  const body = createBody({ length: undefined, open: () => source });
  const peeked = body.peek(1);
  source.write('ab');
  expect((await peeked).toString()).toBe('ab');
  expect(source.write('cdefgh')).toBe(false);
  const rest = buffer(body.stream());
  source.end('!');
  expect((await rest).toString()).toBe('abcdefgh!');
});

test('trailers are those of the source', () => {
  const trailers = () => ['grpc-status', '0'];
  expect(createBody({ length: undefined, open: () => Readable.from([]), trailers }).trailers()).toEqual(
    trailers(),
  );
  expect(streaming().trailers()).toEqual([]);
  expect(bodyOf('x').trailers()).toEqual([]);
});

test('bytes that are all here keep to the limit too', async () => {
  const body = bodyOf('abcd');
  expect(body.length).toBe(4);
  expect((await body.bytes(4)).toString()).toBe('abcd');
  await expect(body.bytes(3)).rejects.toMatchObject({ code: 'body_too_large' });
  expect((await buffer(body.stream())).toString()).toBe('abcd');
});

test('however it is cut and looked at, the content comes out whole', async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.array(fc.nat(150), { maxLength: 4 }), async (parts, looks) => {
      const whole = Buffer.concat(parts);
      const body = createBody({
        length: undefined,
        open: () => Readable.from(parts.map((part) => Buffer.from(part))),
      });
      for (const limit of looks) {
        const seen = await body.peek(limit);
        expect(seen.equals(whole.subarray(0, seen.length))).toBe(true);
        expect(seen.length).toBeGreaterThanOrEqual(Math.min(limit, whole.length));
      }
      expect((await buffer(body.stream())).equals(whole)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
