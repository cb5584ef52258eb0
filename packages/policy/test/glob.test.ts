import { readPath } from '@pai/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { foldCase } from '../src/fold-case.ts';
import { compileActionPattern, compileRepositoryPattern, compileResourcePattern } from '../src/index.ts';
import {
  allowReading,
  assertPathPattern,
  compileAllowPath,
  compileDenyPath,
  denyReadings,
  isOrdinaryPath,
} from '../src/path-glob.ts';
import { actionFits, allowPathFits, denyPathFits, repositoryFits, resourceFits } from './oracle.ts';

const runs = { numRuns: 3_000 };
const textOf = (pieces: readonly string[], maxLength = 12) =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(''));

function allows(pattern: string, path: string): boolean {
  return compileAllowPath(pattern)(allowReading(readPath(path).text));
}

function denies(pattern: string, path: string): boolean {
  return compileDenyPath(pattern)(denyReadings(readPath(path).text));
}

/** As the documentation has it, one sentence after the other. */
function isUsablePath(pattern: string): boolean {
  if (pattern === '*' || pattern === '**') return true;
  if (!pattern.startsWith('/') || pattern.length > 2_048) return false;
  if (/[\s\p{Cc}\p{Cf}?]|\*{3}/u.test(pattern)) return false;
  return isAccepted(() => readPath(pattern.replaceAll('*', 'x')));
}

function isAccepted(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

describe('action patterns', () => {
  test.each([
    ['*', 'anything:at/all', true],
    ['pulls:create', 'pulls:create', true],
    ['pulls:create', 'pulls:created', false],
    ['pulls:*', 'pulls:create', true],
    ['pulls:*', 'pulls', false],
    ['*:read', 'admin:hooks:read', true],
    ['admin:*', 'admin:hooks:create', true],
    ['*hooks*', 'admin:hooks:create', true],
    ['a*:*e', 'admin:hooks:create', true],
    ['a*:*x', 'admin:hooks:create', false],
    ['Microsoft.Storage/*/read', 'microsoft.storage/storageAccounts/blobServices/READ', true],
    ['s3:Get?bject', 's3:GetObject', false],
    ['{a,b}', 'a', false],
    ['{a,b}', '{a,b}', true],
    ['!(a)', 'b', false],
    ['[ab]', 'a', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(compileActionPattern(pattern, { isCaseSensitive: false })(name)).toBe(expected);
  });

  test('a case-sensitive pattern tells cases apart', () => {
    expect(compileActionPattern('chat.*', { isCaseSensitive: true })('chat.postMessage')).toBe(true);
    expect(compileActionPattern('chat.*', { isCaseSensitive: true })('Chat.postMessage')).toBe(false);
  });

  test('they agree with the oracle', () => {
    const pieces = ['a', 'b', 'B', ':', '*'];
    fc.assert(
      fc.property(textOf(pieces), textOf(['a', 'b', 'A', ':']), (pattern, name) => {
        fc.pre(pattern !== '');
        const fits = compileActionPattern(pattern, { isCaseSensitive: false })(name);
        expect(fits).toBe(actionFits(pattern, name));
      }),
      runs,
    );
  });
});

describe('resource patterns', () => {
  test.each([
    ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket/a/b', true],
    ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket', false],
    ['arn:aws:sqs:*:*:jobs-?', 'arn:aws:sqs:eu-west-1:1:jobs-7', true],
    ['arn:aws:sqs:*:*:jobs-?', 'arn:aws:sqs:eu-west-1:1:jobs-', false],
    ['a?', 'abc', false],
    ['A', 'a', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(compileResourcePattern(pattern)(name)).toBe(expected);
  });

  test('they ignore case where the service does', () => {
    expect(
      compileResourcePattern('/Subscriptions/1/*', { isCaseSensitive: false })('/subscriptions/1/X'),
    ).toBe(true);
  });

  test('they agree with the oracle', () => {
    fc.assert(
      fc.property(textOf(['a', 'b', '/', '*', '?']), textOf(['a', 'b', '/', 'B']), (pattern, name) => {
        fc.pre(pattern !== '');
        expect(compileResourcePattern(pattern)(name)).toBe(resourceFits(pattern, name));
      }),
      runs,
    );
  });
});

describe('repository patterns', () => {
  test.each([
    ['myorg/repo-a', 'MyOrg/Repo-A', true],
    ['myorg/repo-a', 'myorg/repo-ab', false],
    ['myorg/*', 'myorg/.github', true],
    ['myorg/*', 'myorgs/x', false],
    ['*/docs', 'any/docs', true],
    ['my*/re*-a', 'myorg/repo-a', true],
    ['*/*', 'a/b', true],
    ['*/*', 'a/b/c', false],
    ['a*b/c', 'a/b/c', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(compileRepositoryPattern(pattern)(name)).toBe(expected);
  });

  test.each(['*', '**', 'myorg', 'myorg/**', 'a/b/c', '/b', 'a/', '', 'my org/x'])(
    'refuses %j',
    (pattern) => {
      expect(() => compileRepositoryPattern(pattern)).toThrow(
        expect.objectContaining({ code: 'config_invalid' }),
      );
    },
  );

  test('they agree with the oracle', () => {
    const part = textOf(['a', 'b', 'A', '*'], 6).filter((text) => text !== '' && !text.includes('**'));
    fc.assert(
      fc.property(part, part, textOf(['a', 'b', '/', 'B']), (owner, repo, name) => {
        fc.pre(`${owner}/${repo}` !== '*');
        const pattern = `${owner}/${repo}`;
        expect(compileRepositoryPattern(pattern)(name)).toBe(repositoryFits(pattern, name));
      }),
      runs,
    );
  });
});

describe('path patterns', () => {
  const table: [pattern: string, path: string, allow: boolean, deny: boolean][] = [
    // P14
    ['/v1/*', '/v1', false, false],
    ['/v1/*', '/v1/', false, false],
    ['/v1/*', '/v1/a', true, true],
    ['/v1/*', '/v1/a/', true, true],
    ['/v1/*', '/v1/a/b', false, false],
    ['/v1/*', '/v1/a%2Fb', false, true],
    ['/v1/**', '/v1', false, true],
    ['/v1/**', '/v1/a/b', true, true],
    ['/v1/**', '/v1/a%2fb', true, true],
    ['/v1/**', '/v10', false, false],
    ['/a/**/b', '/a/b', false, true],
    ['/a/**/b', '/a/x/y/b', true, true],
    ['/a/**/b', '/a/xb', false, false],
    // P15
    ['/admin*', '/ADMIN', false, true],
    ['/admin*', '/%61dmin', true, true],
    ['/admin*', '/admin/', true, true],
    ['/admin*', '/admin/users', false, false],
    ['/admin/**', '/Admin/users', false, true],
    ['/admin/users', '/admin%2Fusers', false, true],
    ['/admin/users', '/admin%2F%2Fusers', false, true],
    ['/admin', '/admin%2F', false, true],
    ['/admin%2Fusers', '/admin/users', false, true],
    ['/admin%2fusers', '/admin%2Fusers', true, true],
    ['/admin', '/admin;v=1', false, true],
    ['/admin/users', '/admin;v=1/users;w=2', false, true],
    ['/admin', '/admin.', false, true],
    ['/admin', '/admin%20', false, true],
    ['/admin', '/%2561dmin', false, true],
    ['/admin', '/admin/%20', false, true],
    // dot segments are ordinary names, escapes and stars mean what they say
    ['/repos/*/.github', '/repos/x/.github', true, true],
    ['/*', '/.well-known', true, true],
    ['/a%20b', '/a%20b', true, true],
    ['/a*b', '/a%2Ab', true, true],
    ['/a%2Ab', '/a%2ab', true, true],
    ['/a%2Ab', '/axb', false, false],
    ['/%C3%BC', '/%C3%BC', true, true],
    ['/a{b,c}', '/ab', false, false],
    ['/v1/', '/v1', true, true],
    ['/', '/', true, true],
    ['/', '/a', false, false],
    ['/**', '/', true, true],
    ['*', '/a/b%2Fc', true, true],
    ['**', '/', true, true],
  ];
  test.each(table)('%s on %s: allow %s, deny %s', (pattern, path, allow, deny) => {
    expect({ allow: allows(pattern, path), deny: denies(pattern, path) }).toEqual({ allow, deny });
  });

  test.each([
    '',
    'v1',
    '*/v1',
    '/v1?x=*',
    '/a b',
    '/a\n',
    '/a//b',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a%',
    '/a%2*',
    '/a\\b',
    '/a%00',
    '/a***',
    '/%252Fa',
    `/${'a'.repeat(2_048)}`,
  ])('refuses %j', (pattern) => {
    const refusal = expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringMatching(/^pattern ".*; /),
    });
    expect(() => assertPathPattern(pattern)).toThrow(refusal);
    expect(() => compileAllowPath(pattern)).toThrow(refusal);
    expect(() => compileDenyPath(pattern)).toThrow(refusal);
  });

  const odd = ['a', '*', '**', '/', '/', '.', '..', '~', ';', '%', '%2F', '%2e', '%41', '%25', '%00', '?'];
  test('what is said of a pattern without compiling it is what compiling it says', () => {
    const anything = textOf([...odd, '\\', ' ', '\n', '\x7f', 'é', '\u200b', '{'], 9).map(
      (text) => `/${text}`,
    );
    fc.assert(
      fc.property(fc.oneof(anything, textOf(odd), fc.string({ unit: 'binary' })), (pattern) => {
        const isUsable = isUsablePath(pattern);
        expect(isAccepted(() => assertPathPattern(pattern))).toBe(isUsable);
        expect(isOrdinaryPath(pattern) && !isUsable).toBe(false);
        expect(isAccepted(() => compileAllowPath(pattern))).toBe(isUsable);
        expect(isAccepted(() => compileDenyPath(pattern))).toBe(isUsable);
      }),
      { numRuns: 6_000 },
    );
  });

  const pattern = textOf(['a', 'b', 'B', '*', '**', '/', '/', '%2F', '.', ';'], 9)
    .map((text) => `/${text}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'))
    .filter((text) => !text.includes('***') && isCompilable(text));
  const path = textOf(['a', 'b', 'A', '/', '/', '%2F', '.', ';'], 10)
    .map((text) => readable(`/${text}`.replace(/\/+/g, '/')))
    .filter((text) => text !== undefined);

  test('they agree with the oracle', () => {
    fc.assert(
      fc.property(pattern, path, (one, text) => {
        expect(compileAllowPath(one)(allowReading(text))).toBe(allowPathFits(one, text));
        expect(compileDenyPath(one)(denyReadings(text))).toBe(denyPathFits(one, text));
      }),
      { numRuns: 6_000 },
    );
  });

  test('what an allow rule fits, a deny rule fits too, however the path is spelled', () => {
    const spelling = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(pattern, path, spelling, spelling, (one, text, cased, escaped) => {
        fc.pre(compileAllowPath(one)(allowReading(text)));
        const spelled = [...text]
          .map((c, i) => (cased[i] === true && c !== '%' && c !== 'F' ? c.toUpperCase() : c))
          .map((c, i) => (escaped[i] === true && /[ab]/i.test(c) ? `%${c.charCodeAt(0).toString(16)}` : c))
          .join('');
        expect(denies(one, spelled)).toBe(true);
        expect(denies(one, spelled === '/' ? spelled : `${spelled}/`)).toBe(true);
        expect(denies(one, text.replaceAll('%2F', '%2f'))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('no pattern takes long over a hostile text', async () => {
  const hostile = ['a'.repeat(2_000), 'ab'.repeat(1_000), 'a/'.repeat(1_000), `${'a/b'.repeat(600)}c`];
  const patterns = ['a*a*a*a*b', '*a*a*a*a*c', '**a*a*a*x', '**a*b/a*b/a*x', '*ab*ab*abc', 'a**a**a**a**b'];
  let fitting = 0;
  const match = () => {
    for (let i = 0; i < 1_000; i++) {
      const body = patterns[i % patterns.length] ?? '';
      const action = compileActionPattern(`${body}${i}`, { isCaseSensitive: false });
      const allow = compileAllowPath(`/${body}${i}`);
      const deny = compileDenyPath(`/${body}${i}`);
      for (const text of hostile) {
        const found = [action(text), allow(`/${text}`), deny([`/${text.replaceAll('/', '//')}/`])];
        fitting += found.filter(Boolean).length;
      }
    }
  };
  expect(await cpuSeconds(match)).toBeLessThan(8);
  expect(fitting).toBe(0);
});

test('reading a hostile path for deny rules takes time in proportion to it', async () => {
  const read = () => {
    for (const piece of ['%25', '.', ';', '.;', '%20.', '%2F', '%2F.x']) {
      denyReadings(`/${piece.repeat(20_000)}a`);
    }
  };
  expect(await cpuSeconds(read)).toBeLessThan(2);
});

test('folding the case of two texts and of their join is the same', () => {
  const letters = textOf(['a', 'K', 'Σ', 'σ', 'ς', 'ſ', 'ß', 'İ', 'ı', 'é', '\u212a', ' '], 6);
  fc.assert(
    fc.property(letters, letters, (a, b) => {
      expect(foldCase(a) + foldCase(b)).toBe(foldCase(a + b));
      expect(foldCase(a.toUpperCase())).toBe(foldCase(foldCase(a).toUpperCase()));
    }),
    runs,
  );
});

function isCompilable(pattern: string): boolean {
  try {
    compileAllowPath(pattern);
    return true;
  } catch {
    return false;
  }
}

function readable(path: string): string | undefined {
  try {
    return readPath(path).text;
  } catch {
    return undefined;
  }
}
