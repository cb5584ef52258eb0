import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Body, createBody } from '@pai/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spoolBody } from '../src/spool.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pai-spool-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const kib = 1024;

function streaming(chunks: readonly Buffer[], length?: number): Body {
  return createBody({ length, open: () => Readable.from(chunks) });
}

test.each([
  ['nothing', 0, 0],
  ['what memory holds', 3, kib],
  ['what memory does not hold', 40, kib],
])('%s comes back as it was, with its length, and was seen whole', async (_, count, size) => {
  const chunks = Array.from({ length: count }, () => randomBytes(size));
  const whole = Buffer.concat(chunks);
  const hash = createHash('sha256');
  const body = await spoolBody(streaming(chunks), (chunk) => hash.update(chunk), {
    held: 8 * kib,
    directory,
  });
  expect(body.length).toBe(whole.length);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(whole).digest('hex'));
  expect((await buffer(body.stream())).equals(whole)).toBe(true);
});

test('no file has a name, not even before the content is read', async () => {
  const body = await spoolBody(streaming([randomBytes(9 * kib)]), () => {}, { held: kib, directory });
  expect(readdirSync(directory)).toEqual([]);
  expect((await body.bytes(10 * kib)).length).toBe(9 * kib);
});

test('what memory holds can be sent again', async () => {
  const body = await spoolBody(streaming([Buffer.from('ab'), Buffer.from('c')]), () => {}, { directory });
  expect(body.isHeld()).toBe(true);
  expect([String(await buffer(body.stream())), String(await buffer(body.stream()))]).toEqual(['abc', 'abc']);
});

test.each([
  ['declared', 9 * kib],
  ['not declared', undefined],
])('more than the limit is refused, its length %s', async (_, length) => {
  const chunks = Array.from({ length: 9 }, () => randomBytes(kib));
  const spooled = spoolBody(streaming(chunks, length), () => {}, { held: kib, most: 8 * kib, directory });
  await expect(spooled).rejects.toMatchObject({ code: 'body_too_large' });
  expect(readdirSync(directory)).toEqual([]);
});

test('content that fails, fails with its own error', async () => {
  const failing = createBody({
    length: undefined,
    open: () =>
      Readable.from(
        (async function* () {
          yield randomBytes(9 * kib);
          throw new Error('cut off');
        })(),
      ),
  });
  await expect(spoolBody(failing, () => {}, { held: kib, directory })).rejects.toThrow('cut off');
});

test('a disk that takes no file is told, with what to do', async () => {
  const gone = join(directory, 'gone');
  mkdirSync(gone);
  rmSync(gone, { recursive: true });
  const spooled = spoolBody(streaming([randomBytes(9 * kib)]), () => {}, { held: kib, directory: gone });
  await expect(spooled).rejects.toThrow('failed with ENOENT; make room, or send it in parts');
});

test('all content together has a limit on disk, and what has been read makes room', async () => {
  const options = { held: kib, mostOnDisk: 12 * kib, directory };
  const spool = () => spoolBody(streaming([randomBytes(9 * kib)]), () => {}, options);
  const first = await spool();
  await expect(spool()).rejects.toMatchObject({ code: 'body_too_large', message: /other content/ });
  await buffer(first.stream());
  await expect.poll(() => spool().catch(() => undefined)).toMatchObject({ length: 9 * kib });
});

test.each(['before it is read', 'while it is read'])(
  'content that is let go %s leaves nothing',
  async (when) => {
    const files = () => readdirSync('/proc/self/fd').length;
    const before = files();
    const content = streaming([randomBytes(900 * kib)]);
    const body = await spoolBody(content, () => {}, { held: kib, mostOnDisk: 1_000 * kib, directory });
    if (when === 'while it is read') await once(body.stream(), 'readable');
    expect(files()).toBeGreaterThan(before);
    body.discard?.();
    await expect.poll(files).toBe(before);
    await expect(buffer(body.stream())).rejects.toThrow();
    expect(files()).toBe(before);
  },
);
