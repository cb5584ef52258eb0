import { compileActionPattern } from '@pai/policy';
import { describe, expect, test } from 'vitest';
import { patternsOf } from '../src/patterns.ts';

function covers(pattern: string, name: string): boolean {
  return patternsOf(pattern).some((canonical) =>
    compileActionPattern(canonical, { isCaseSensitive: false })(name),
  );
}

test.each([
  ['repo:read', 'repos:read'],
  ['repo:delete', 'admin:repos:delete'],
  ['org:read', 'orgs:read'],
  ['org:update', 'admin:orgs:update'],
  ['Repo:Delete', 'admin:repos:delete'],
  ['admin:hooks', 'admin:hooks:*'],
  ['admin:collaborators', 'admin:collaborators:*'],
  ['admin:*', 'admin:*'],
  ['admin:hooks:create', 'admin:hooks:create'],
  ['pulls:create', 'pulls:create'],
  ['pulls:*', 'pulls:*'],
  ['*', '*'],
])('%s stands for %s', (pattern, canonical) => {
  expect(patternsOf(pattern)).toEqual([canonical]);
});

describe('a pattern ending in :write', () => {
  test.each([
    ['contents:write', 'contents:create'],
    ['contents:write', 'contents:push'],
    ['contents:write', 'contents:merge'],
    ['contents:write', 'contents:delete'],
    ['pulls:write', 'pulls:approve'],
    ['PULLS:WRITE', 'pulls:review'],
    ['admin:hooks:write', 'admin:hooks:delete'],
    ['repos:write', 'admin:repos:delete'],
    ['repo:write', 'admin:repos:transfer'],
    ['orgs:write', 'admin:orgs:update'],
    ['admin:write', 'admin:hooks:create'],
    ['admin:*:write', 'admin:graphql:deleteEnterprise'],
    ['*:write', 'issues:create'],
    ['*:write', 'admin:hooks:create'],
  ])('%s covers %s', (pattern, name) => {
    expect(covers(pattern, name)).toBe(true);
  });

  test.each([
    ['contents:write', 'contents:read'],
    ['contents:write', 'admin:contents:create'],
    ['issues:write', 'pulls:create'],
    ['repos:write', 'repos:read'],
    ['repos:write', 'admin:hooks:create'],
    ['admin:hooks:write', 'admin:hooks:read'],
    ['*:write', 'admin:hooks:read'],
    ['hooks:write', 'admin:hooks:create'],
  ])('%s does not cover %s', (pattern, name) => {
    expect(covers(pattern, name)).toBe(false);
  });
});
