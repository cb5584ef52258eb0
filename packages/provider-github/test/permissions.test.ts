import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { permissionsFor } from '../src/app/permissions.ts';
import { repositoriesFor } from '../src/app/repositories.ts';

describe('the permissions of a policy', () => {
  test.each([
    ['', 'metadata:read'],
    ['repos:read meta:read users:read', 'metadata:read'],
    ['issues:read', 'metadata:read issues:read'],
    ['Issues:Comment', 'metadata:read issues:write'],
    ['issues:read issues:create', 'metadata:read issues:write'],
    ['issues:create issues:read', 'metadata:read issues:write'],
    ['labels:update milestones:read', 'metadata:read issues:write'],
    ['contents:push', 'metadata:read contents:write'],
    ['contents:comment', 'metadata:read contents:read'],
    ['releases:read', 'metadata:read contents:read'],
    ['pulls:create', 'metadata:read pull_requests:write'],
    ['pulls:merge', 'metadata:read pull_requests:write contents:write'],
    ['pulls:write', 'metadata:read pull_requests:write contents:write'],
    ['pulls:*', 'metadata:read pull_requests:write contents:write'],
    ['pulls:r*', 'metadata:read pull_requests:write contents:write'],
    ['actions:dispatch', 'metadata:read actions:write contents:write'],
    ['actions:approve', 'metadata:read actions:write checks:read deployments:write'],
    ['repo:delete', 'metadata:read administration:write'],
    ['admin:branch-protection', 'metadata:read administration:write'],
    ['admin:environments:read', 'metadata:read actions:read'],
    ['dependabot:update', 'metadata:read vulnerability_alerts:write'],
  ])('%s are %s', (allow, expected) => {
    const found = permissionsFor(allow.split(' ').filter(Boolean));
    expect(
      Object.entries(found ?? {})
        .map((need) => need.join(':'))
        .join(' '),
    ).toBe(expected);
  });

  test.each([
    '*',
    '*:read',
    'admin:*',
    'secrets:read',
    'admin:hooks:create',
    'nonsense',
    'issues',
    'i*:read',
  ])('of %s are not known', (pattern) => {
    expect(permissionsFor(['issues:read', pattern])).toBeUndefined();
  });
});

describe('the repositories of a scope', () => {
  const many = Array.from({ length: 501 }, (_, i) => `o/r${i}`);
  test.each([
    [
      ['o/a', 'o/b'],
      ['a', 'b'],
    ],
    [['o/Repo-A'], ['Repo-A']],
    [['o/A', 'O/a'], ['a']],
    [many.slice(1), many.slice(1).map((name) => name.slice(2))],
    [undefined, undefined],
    [[], undefined],
    [['o/*'], undefined],
    [['o/a', 'o/b*'], undefined],
    [['*/a'], undefined],
    [['o/a', 'p/a'], undefined],
    [many, undefined],
  ])('%# is a list for one account, or none', (scope, expected) => {
    expect(repositoriesFor(scope)).toEqual(expected);
  });
});

test('the table in docs/github.md is the table', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/github.md'), 'utf8');
  const listed = examplesOf(page, 'permissions').flatMap(([words = '', permission = '']) =>
    words.split(' ').map((resource) => [resource, permission] as const),
  );
  expect(listed.length).toBeGreaterThan(25);
  for (const [resource, permission] of listed) {
    expect(Object.keys(permissionsFor([`${resource}:delete`]) ?? {}), resource).toContain(permission);
  }
});
