import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAwsScope } from '../../src/scope.ts';
import { endpointOf, resolve, resolveAt } from './s3.ts';

/** Keys as people and attackers write them. NUL has no place in one. */
const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2F',
    '%',
    '+',
    ' ',
    '*',
    '?',
    ';',
    '&',
    '=',
    '#',
    ':',
    '\\',
    'ü',
    '😀',
    '\n',
    '~',
    "'",
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const keys = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join(''))
  .filter((key) => key.isWellFormed() && !key.includes('\0') && key !== '');

/** Each byte of a key in one of the ways in which it may stand in a path. */
const styles = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 64, maxLength: 64 });

function write(key: string, style: readonly number[]): string {
  return Array.from(Buffer.from(key), (byte, i) => {
    const hex = `%${byte.toString(16).padStart(2, '0')}`;
    const isPlain = byte > 0x20 && byte < 0x7f && !'%?#\\'.includes(String.fromCharCode(byte));
    if (isPlain && style[i % style.length] === 0) return String.fromCharCode(byte);
    return style[i % style.length] === 1 ? hex.toUpperCase() : hex;
  }).join('');
}

test('W1: the ARN has the key, however it is encoded, and nothing else is in it', async () => {
  await fc.assert(
    fc.asyncProperty(keys, styles, async (key, style) => {
      const raw = write(key, style);
      const resource = `arn:aws:s3:::my-bucket/${key}`;
      const isTwo = raw.includes('+');
      // each byte that stands as a raw + is a space to S3
      const spaced = decodeURIComponent(raw.replaceAll('+', ' '));
      const also = isTwo ? [{ name: 's3:GetObject', resource: `arn:aws:s3:::my-bucket/${spaced}` }] : [];
      const actions = [...also, { name: 's3:GetObject', resource }];
      expect(await resolve('GET', `/${raw}`)).toEqual({ actions });
      const byPath = await resolveAt(endpointOf('s3'), { target: `/my-bucket/${raw}` });
      if ('actions' in byPath) expect(byPath.actions).toEqual(actions);
      else expect(key).toContain('..');
    }),
    { numRuns: 300 },
  );
});

test('a copy source has the key, however it is encoded', async () => {
  await fc.assert(
    fc.asyncProperty(keys, styles, async (key, style) => {
      const raw = write(key, style).replaceAll('+', '%2B');
      const resolution = await resolve('PUT', '/k', { headers: { 'x-amz-copy-source': `other/${raw}` } });
      if (!('actions' in resolution)) {
        expect(key).toMatch(/\.\.|\?versionId=/i);
        return;
      }
      expect(resolution.actions[1]).toEqual({ name: 's3:GetObject', resource: `arn:aws:s3:::other/${key}` });
    }),
    { numRuns: 300 },
  );
});

function escapeXml(text: string): string {
  return Array.from(text, (character) =>
    /[A-Za-z0-9 /]/.test(character) ? character : `&#x${character.codePointAt(0)?.toString(16)};`,
  ).join('');
}

test('a deletion has the key', async () => {
  await fc.assert(
    fc.asyncProperty(keys, async (key) => {
      const body = `<Delete><Object><Key>${escapeXml(key)}</Key></Object></Delete>`;
      const resolution = await resolve('POST', '/?delete', { body });
      if (!('actions' in resolution)) {
        expect(key).toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
        return;
      }
      expect(resolution.actions).toEqual([
        { name: 's3:DeleteObject', resource: `arn:aws:s3:::my-bucket/${key}` },
      ]);
    }),
    { numRuns: 300 },
  );
});

test('wildcards in a key are text to a scope', async () => {
  const holds = createAwsScope(['arn:aws:s3:::my-bucket/a/*']);
  await fc.assert(
    fc.asyncProperty(keys, styles, async (key, style) => {
      const resolution = await resolve('GET', `/${write(key, style)}`);
      if (!('actions' in resolution)) throw new Error(resolution.unresolved);
      const isHeld = resolution.actions.every((action) => holds(action) === undefined);
      expect(isHeld).toBe(key.startsWith('a/'));
    }),
    { numRuns: 300 },
  );
});

test.each(['/%', '/%zz', '/a%2', '/%ff', '/%c3%28', '/%ed%a0%80', '/a%00b', '/%f8%88%80%80%80'])(
  'refuses %s, which is no text',
  async (target) => {
    expect(await resolve('GET', target)).toMatchObject({
      unresolved: expect.stringContaining('percent-encoded UTF-8'),
    });
  },
);
