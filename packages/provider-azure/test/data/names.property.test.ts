import fc from 'fast-check';
import { expect, test } from 'vitest';
import { read, resolve } from './reading.ts';

const host = 'acct.blob.core.windows.net';

/** As SDKs spell a name in a path. */
const encode = (name: string) => name.split('/').map(encodeURIComponent).join('/');

/** A name that no server of Azure's writes anew. */
const plainName = fc
  .array(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => /^[^/\\\x00-\x1f\x7f]*[^./\\\x00-\x1f\x7f]$/.test(text)),
    { minLength: 1, maxLength: 4 },
  )
  .map((segments) => segments.join('/'))
  .filter((name) => name.isWellFormed());

test('a plain name is the only one that its path means', async () => {
  await fc.assert(
    fc.asyncProperty(plainName, async (name) => {
      const [line, ...others] = await read({ url: `https://${host}/box/${encode(name)}` });
      expect(others).toEqual([]);
      expect(line?.slice(line.indexOf(' ') + 1)).toBe(`${host}/box/${name}`);
    }),
    { numRuns: 300 },
  );
});

/** Pieces that servers read differently. */
const piece = fc.constantFrom(
  'box',
  'other',
  'a',
  '/',
  '//',
  '.',
  '..',
  '%2e',
  '%2F',
  '%5C',
  '%252e',
  '%25',
  '%',
  '?',
  '&',
  'comp=list',
  'restype=container',
  'prefix=',
  '=',
  '+',
  '%00',
  '$root',
);

test('whatever path is read names only what is in the container of its first segment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const target = `/box/${pieces.join('')}`;
      const resolution = await resolve({ url: `https://${host}${target}` });
      if ('unresolved' in resolution) return;
      for (const { resource = '', part = '' } of resolution.actions) {
        const path = `${resource}/${part}`;
        expect(path.startsWith(`${host}/box/`) || path.startsWith(`${host}/$root/box`)).toBe(true);
        expect(path.split('/')).not.toContain('..');
      }
    }),
    { numRuns: 1_000 },
  );
});
