import type { Action } from '@pai/core';
import { expect, test } from 'vitest';
import { compileRepositoryPattern, compileResourcePattern, createScope } from '../src/index.ts';

const inside: Action = { name: 'x', resource: 'o/r' };
const outside: Action = { name: 'x', resource: 'p/r' };
const anywhere: Action = { name: 'x', reach: 'any' };
const nowhere: Action = { name: 'x' };

function isOutside(patterns: readonly string[] | undefined, action: Action): boolean {
  return createScope('scope.repositories', patterns, compileRepositoryPattern)(action) !== undefined;
}

test.each<[string, readonly string[] | undefined, Action, boolean]>([
  ['no list holds everything', undefined, outside, false],
  ['no list holds what reaches anywhere', undefined, anywhere, false],
  ['a pattern holds its resource', ['q/q', 'o/*'], inside, false],
  ['a pattern does not hold another resource', ['q/q', 'o/*'], outside, true],
  ['a pattern for everything does not hold what reaches anywhere', ['*/*'], anywhere, true],
  ['what touches no resource is inside', ['o/*'], nowhere, false],
  ['an empty list holds no resource', [], inside, true],
  ['an empty list does not hold what reaches anywhere', [], anywhere, true],
  ['reach counts beside a resource', ['o/*'], { ...inside, reach: 'any' }, true],
])('%s', (_, patterns, action, expected) => {
  expect(isOutside(patterns, action)).toBe(expected);
});

test('the reason names the resource, the list and the remedy', () => {
  const scope = createScope('scope.resources', ['arn:aws:s3:::b/*'], compileResourcePattern);
  expect(scope({ name: 's3:GetObject', resource: 'arn:aws:s3:::c/k' })).toEqual({
    rule: 'scope.resources',
    reason:
      'arn:aws:s3:::c/k is not in scope.resources (arn:aws:s3:::b/*); add it there if the agent needs it',
  });
});
