import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTable } from '../src/routes.ts';
import { namesOf, requestOf, resolve, resolveGitHub } from './request.ts';

const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE');
const words = [
  ...new Set(readTable().flatMap(({ template }) => template.split('/').filter((part) => /^\w/.test(part)))),
];
const odd = [
  '7',
  'a%2Fb',
  '%2e%2e',
  '..',
  '',
  'a%20b',
  '%00',
  'x:y',
  '{owner}',
  '__proto__',
  'constructor',
  '%5c',
  'ß',
  '%C3%9F',
  '*',
];
const segment = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...odd), fc.string({ maxLength: 4 }));
const segments = fc.array(
  segment.map((text) => text.replace(/[^\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]/g, '_')),
  { maxLength: 7 },
);
/** Links between issues cross repositories; the other two read or make others. */
const crossing =
  /^issues\/[^/]+\/(?:sub_issues?|parent|dependencies|timeline)|^generate\/?$|\/variant-analyses\/?$/i;
const runs = { numRuns: 3_000 };

describe('whatever the path', () => {
  test('it is refused with a Pai error or named', async () => {
    await fc.assert(
      fc.asyncProperty(methods, segments, async (method, path) => {
        try {
          const resolution = await resolveGitHub(requestOf(method, `/${path.join('/')}`));
          if ('unresolved' in resolution) return;
          for (const { name } of resolution.actions) expect(name).toMatch(/^(admin:)?[a-z0-9.-]+:[a-z]+$/);
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'PaiError' });
        }
      }),
      runs,
    );
  });

  test('an action under /repos is on the repository of the path, and on no other', async () => {
    await fc.assert(
      fc.asyncProperty(methods, segments, async (method, path) => {
        const resolution = await resolve(method, `/repos/my-org/repo.a/${path.join('/')}`);
        if ('unresolved' in resolution) return;
        for (const { resource, reach } of resolution.actions) {
          if (reach === undefined) expect(resource).toBe('my-org/repo.a');
          else expect(path.join('/')).toMatch(crossing);
        }
      }),
      runs,
    );
  });

  test('case does not change its names', async () => {
    await fc.assert(
      fc.asyncProperty(methods, segments, async (method, path) => {
        const target = `/repos/o/r/${path.join('/')}`;
        const upper = target.replace(/(?<!%.?)[a-z]/g, (letter) => letter.toUpperCase());
        expect(await namesOf(method, upper)).toEqual(await namesOf(method, target));
      }),
      runs,
    );
  });
});
