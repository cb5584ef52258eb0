import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPath } from '../src/path.ts';
import { splitTarget } from '../src/request.ts';

test.each([
  ['/', []],
  ['/repos', ['repos']],
  ['/repos/', ['repos']],
  ['/repos/MyOrg/Repo-A/issues', ['repos', 'MyOrg', 'Repo-A', 'issues']],
  [
    '/repos/a/b/contents/.github/workflows/ci.yml',
    ['repos', 'a', 'b', 'contents', '.github', 'workflows', 'ci.yml'],
  ],
  ['/a/.../b', ['a', '...', 'b']],
  ['/a/..b/.c', ['a', '..b', '.c']],
  ['/a;x=1/b', ['a;x=1', 'b']],
  ['/%61dmin', ['admin']],
  ['/a%20b', ['a b']],
  ['/a/%20', ['a', ' ']],
  ['/%C3%BC', ['ü']],
  ['/a%23b', ['a#b']],
  ['/a%3Fb', ['a?b']],
  ['/100%25', ['100%']],
  ['/repos/myorg%2Frepo-a/issues', ['repos', 'myorg%2Frepo-a', 'issues']],
  ['/repos/myorg%2frepo-a/issues', ['repos', 'myorg%2Frepo-a', 'issues']],
])('%s is read as %j', (raw, segments) => {
  expect(readPath(raw)).toEqual({ segments, text: `/${segments.join('/')}` });
});

test.each([
  ['P1 dot segments', '/repos/myorg/repo-a/../../other/secret'],
  ['P1 a dot segment at the end', '/repos/myorg/..'],
  ['P1 a dot segment with a slash', '/repos/../'],
  ['P2 encoded dots', '/repos/myorg/repo-a/%2e%2e/%2E%2e/other'],
  ['P2 a half encoded dot segment', '/repos/.%2e/x'],
  ['P3 an encoded slash after dots', '/repos/myorg/repo-a/..%2f..%2fother'],
  ['P3 an encoded backslash', '/repos/a/%5c..%5c'],
  ['P3 a backslash', '/repos/a/\\..\\'],
  ['P4 an empty segment in front', '//repos/other/x'],
  ['P4 an empty segment inside', '/repos//other/x'],
  ['P4 nothing but slashes', '//'],
  ['P4 three slashes', '///'],
  ['P4 a single dot', '/./repos/other/x'],
  ['P4 an encoded single dot', '/%2e/repos'],
  ['P6 doubly encoded dots', '/repos/%252e%252e%252f'],
  ['P6 triply encoded dots', '/repos/%25252e%25252e'],
  ['P6 dots whose digits are encoded', '/repos/%25%32%65%25%32%65/x'],
  ['P6 a doubly encoded slash', '/repos/a%252Fb'],
  ['P6 a doubly encoded backslash', '/repos/a%255cb'],
  ['P7 dots between encoded slashes', '/repos/myorg/repo-a%2F..%2Fother'],
  ['P10 NUL', '/a%00b'],
  ['P10 CR', '/a%0d'],
  ['P10 LF', '/a%0Ab'],
  ['P10 a tab', '/a%09b'],
  ['P10 DEL', '/a%7f'],
  ['P10 half an escape', '/a%'],
  ['P10 a broken escape', '/a%zz'],
  ['P10 not UTF-8', '/a%ff'],
  ['P10 an overlong slash', '/a%c0%af..'],
  ['P10 an overlong dot', '/%c0%ae%c0%ae/a'],
  ['P10 a surrogate', '/%ed%a0%80'],
  ['P11 two trailing slashes', '/repos/a/b//'],
  ['a path parameter behind dots', '/repos/a/..;/other'],
  ['a path parameter behind encoded dots', '/repos/a/%2e%2e;x=y/other'],
  ['a path parameter behind one dot', '/repos/.;/other'],
])('%s is refused: %s', (_, raw) => {
  expect(() => readPath(raw)).toThrow(expect.objectContaining({ code: 'malformed_request', status: 400 }));
});

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('/', '/', '.', '..', '%2e', '%2E', '%2f', '%5c', '%25', '2e', ';', '%', '\\'),
  },
  fc.constantFrom('a', 'repos', '%61', '%C3%BC', '%00', '%0a', '%ff', '~', '-', '_', '%20', '+', ':', '@'),
);
const rawPath = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

/** What the least careful server could make of a path: decode until nothing changes, every slash is a slash. */
function slowReading(raw: string): { segments: string[]; isClear: boolean } {
  let text = raw;
  let isClear = true;
  for (let again = true; again; ) {
    let next = text;
    try {
      next = decodeURIComponent(text);
    } catch {
      next = text.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      isClear = false;
    }
    again = next !== text;
    text = next;
  }
  return { segments: text.replaceAll('\\', '/').split('/'), isClear };
}

test('what is read has no segment that a server would climb or skip', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      let read: readonly string[];
      try {
        read = readPath(raw).segments;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'malformed_request' });
        return;
      }
      for (const segment of read) {
        expect(['', '.', '..']).not.toContain(segment);
        expect(segment).not.toMatch(/[/\\\x00-\x1f\x7f]|^\.\.?;/);
      }
      expect(slowReading(raw).segments.some((segment) => segment === '.' || segment === '..')).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});

test('what every server reads in one way is not refused', () => {
  const plain = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9_~.-]{0,6}$/);
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 6 }), fc.boolean(), (segments, isSlashed) => {
      const raw = `/${segments.join('/')}${isSlashed ? '/' : ''}`;
      expect(readPath(raw).segments).toEqual(segments);
      const encoded = raw.replace(/[A-Za-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
      expect(readPath(encoded)).toEqual(readPath(raw));
    }),
  );
});

test.each([
  ['/a', '/a', ''],
  ['/a?b=c?d', '/a', 'b=c?d'],
  ['/?', '/', ''],
  ['/a?%00', '/a', '%00'],
  ['/a"b', '/a"b', ''],
])('the target %s is the path %s and the query %j', (target, path, query) => {
  expect(splitTarget(target)).toEqual({ path, query });
});

test.each([
  '',
  '*',
  'a',
  'https://a.example/x',
  '/a b',
  '/a#b',
  '/a\\b',
  '/a\tb',
  '/ü',
  '/a\r\nX: y',
  '/a\0',
  '/a\x7f',
  '?a',
])('the target %j is refused', (target) => {
  expect(() => splitTarget(target)).toThrow(expect.objectContaining({ code: 'malformed_request' }));
});

test.each(['/repos/a/b', '/repos/a%20b/', '/'])('whoever reads %s cannot change what is read next', (raw) => {
  const { segments, text } = readPath(raw);
  (segments as string[]).splice(0, 1, 'other', 'more');
  Object.assign(readPath(raw), { text: '/other' });
  expect(readPath(raw)).toEqual({ segments: text.split('/').slice(1).filter(Boolean), text });
});
