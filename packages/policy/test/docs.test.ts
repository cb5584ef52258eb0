import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { compileActionPattern, compileRepositoryPattern, compileResourcePattern } from '../src/index.ts';
import { actionsOf, policyOf } from './policy.ts';
import { requestOf } from './request.ts';

const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');

const examples = (name: string) => examplesOf(page, name);

const yes = (isTrue: boolean) => (isTrue ? 'yes' : 'no');

test.each(examples('action'))('action pattern %s on %s: %s', (pattern = '', action = '', fits) => {
  expect(yes(compileActionPattern(pattern, { isCaseSensitive: false })(action))).toBe(fits);
});

test.each(examples('repository'))(
  'repository pattern %s on %s: %s',
  (pattern = '', repository = '', fits) => {
    expect(yes(compileRepositoryPattern(pattern)(repository))).toBe(fits);
  },
);

test.each(examples('resource'))('resource pattern %s on %s: %s', (pattern = '', resource = '', fits) => {
  expect(yes(compileResourcePattern(pattern)(resource))).toBe(fits);
});

test.each(examples('path'))(
  'path pattern %s on %s: allow %s, deny %s',
  (pattern = '', path = '', allow, deny) => {
    const ruleOf = (effect: 'allow' | 'deny') =>
      policyOf({ httpRules: [{ paths: [pattern], effect }] }).decide(requestOf('GET', path), actionsOf('x'))
        .rule;
    expect(yes(ruleOf('allow') === 'policy.httpRules[0]')).toBe(allow);
    expect(yes(ruleOf('deny') === 'policy.httpRules[0]')).toBe(deny);
  },
);

test('the page has examples of every dialect', () => {
  const counts = ['action', 'repository', 'resource', 'path'].map((name) => examples(name).length);
  expect(Math.min(...counts)).toBeGreaterThan(3);
});
