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

test.each([
  '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/prod/providers/Microsoft.Storage/storageAccounts/acct/blobServices/default',
  'arn:aws:s3:::data-lake-of-the-company/raw/events/year=2026/month=11/day=23/part-00000.parquet',
  'acct.blob.core.windows.net/c/Übersicht "neu".txt',
  `arn:aws:s3:::b/${'k'.repeat(900)}`,
])('the reason names %s whole, as it can be added to the list', (resource) => {
  const reasonOf = (patterns: readonly string[]) =>
    createScope('scope.resources', patterns, compileResourcePattern)({ name: 'x', resource })?.reason;
  const [named = ''] = reasonOf([])?.split(' is not in') ?? [];
  expect(named).toMatch(/^[\x20-\x7e]*$/);
  const copied: string = named.startsWith('"') ? JSON.parse(named) : named;
  expect(copied).toBe(resource);
  expect(reasonOf([copied.replaceAll(' ', '?')])).toBeUndefined();
});

test('a name that is very long is cut', () => {
  const scope = createScope('scope.resources', [], compileResourcePattern);
  expect(scope({ name: 'x', resource: 'k'.repeat(5_000) })?.reason.length).toBeLessThan(1_200);
});
