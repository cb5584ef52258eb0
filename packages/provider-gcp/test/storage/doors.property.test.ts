import fc from 'fast-check';
import { expect, test } from 'vitest';
import { json, related, resolve } from './storage.ts';

const multipart = { 'content-type': 'multipart/related; boundary=b0' };
const copySource = (name: string) => ({
  headers: { 'x-goog-copy-source': `/bkt/${encodeURIComponent(name)}` },
});

/** Every place in a request where the name of an object can stand. */
const places: readonly ((name: string) => readonly [string, string, Parameters<typeof resolve>[2]?])[] = [
  (name) => ['GET', `/storage/v1/b/bkt/o/${encodeURIComponent(name)}`],
  (name) => ['GET', `/download/storage/v1/b/bkt/o/${encodeURIComponent(name)}?alt=media`],
  (name) => ['POST', `/upload/storage/v1/b/bkt/o?uploadType=media&name=${encodeURIComponent(name)}`],
  (name) => ['POST', '/upload/storage/v1/b/bkt/o?uploadType=resumable', json({ name })],
  (name) => [
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    { headers: multipart, body: related({ name }) },
  ],
  (name) => ['POST', '/storage/v1/b/bkt/o/other/compose', json({ sourceObjects: [{ name }] })],
  (name) => ['PUT', '/bkt/other', copySource(name)],
  (name) => ['GET', `/bkt/${encodeURIComponent(name)}`],
  (name) => ['GET', `/bkt/${name.split('/').map(encodeURIComponent).join('/')}`],
  (name) => ['DELETE', `/${encodeURIComponent(name)}`, { bucket: 'bkt' }],
];

const names = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc
    .array(
      fc.constantFrom(
        'a',
        '/',
        '.',
        '..',
        '%',
        '+',
        '?',
        '#',
        ' ',
        '*',
        'ü',
        '\u0000',
        '\n',
        '--b0',
        '"',
        '%2F',
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((parts) => parts.join('')),
);

test('any name of an object is the same name wherever it stands, or none', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (name) => {
      const isName = !/[\0\r\n]/.test(name) && !name.split('/').some((part) => part === '.' || part === '..');
      for (const place of places) {
        const [method, target, more] = place(name);
        const found = await resolve(method, target, more);
        const resources = 'actions' in found ? found.actions.map(({ resource }) => resource) : [];
        const own = resources.filter((resource) => !resource?.endsWith('/objects/other'));
        if (!isName) expect([target, own]).toEqual([target, []]);
        // The text of a boundary cannot stand in what it bounds.
        else if (name !== 'other' && !name.includes('--b0')) {
          expect([target, own]).toEqual([
            target,
            [`//storage.googleapis.com/projects/_/buckets/bkt/objects/${name}`],
          ]);
        }
      }
    }),
    { numRuns: 300 },
  );
});
