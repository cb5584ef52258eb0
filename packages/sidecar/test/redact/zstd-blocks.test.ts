import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createZstdBlocks } from '../../src/redact/zstd-blocks.ts';

/** How much stood in whole blocks after each byte. */
function wholeAfterEach(content: Buffer): number[] {
  const blocks = createZstdBlocks();
  let whole: Buffer = Buffer.alloc(0);
  return Array.from(content, (_, at) => {
    whole = Buffer.concat([whole, ...blocks.whole(content.subarray(at, at + 1))]);
    const open = Buffer.concat(blocks.open());
    expect(Buffer.concat([whole, open]).equals(content.subarray(0, at + 1))).toBe(true);
    return whole.length;
  });
}

/** Content that is flushed after each part, and where that was. */
async function flushed(parts: readonly (string | Buffer)[], params: Record<number, number | boolean> = {}) {
  const zip = createZstdCompress({ params });
  const chunks: Buffer[] = [];
  zip.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ends: number[] = [];
  const note = () => ends.push(chunks.reduce((sum, { length }) => sum + length, 0));
  for (const part of parts) {
    zip.write(part);
    await new Promise<void>((resolve) => zip.flush(resolve));
    note();
  }
  zip.end();
  await once(zip, 'end');
  note();
  return { content: Buffer.concat(chunks), ends };
}

const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const small = zstdCompressSync(Buffer.from('small'));

describe('blocks of zstd content', () => {
  test.each([
    ['without a checksum', {}],
    ['with a checksum', { [constants.ZSTD_c_checksumFlag]: true }],
  ])('are whole where their writer flushed: %s', async (_name, params) => {
    const parts = ['one', Buffer.alloc(1_000), randomBytes(1_000), 'text, text, text, text, text, text'];
    const { content, ends } = await flushed(parts, params);
    const whole = wholeAfterEach(content);
    for (const end of ends) expect(whole[end - 1]).toBe(end);
    // Between them there are no more ends than the headers and the empty last block have.
    expect(new Set(whole).size).toBeLessThan(ends.length + 6);
  });

  test('follow one another in several frames, skipped ones among them', () => {
    const content = Buffer.concat([small, skipped, small, skipped]);
    const whole = wholeAfterEach(content);
    for (const end of [small.length, small.length + skipped.length, content.length])
      expect(whole[end - 1]).toBe(end);
    expect(whole[small.length + skipped.length - 2]).toBe(small.length + skipped.length - 1);
  });

  test('of what no decoder reads are never whole', () => {
    const whole = wholeAfterEach(Buffer.concat([small, Buffer.from('what is this, now'), small]));
    expect(whole.at(-1)).toBe(small.length + 4);
  });
});
