import { compileRepositoryPattern, createScope } from '@pai/policy';
import { describe, expect, test } from 'vitest';
import { resolve } from './request.ts';

const scope = createScope('scope.repositories', ['myorg/repo-a'], compileRepositoryPattern);

async function isInside(method: string, path: string): Promise<boolean> {
  const resolution = await resolve(method, path);
  if ('unresolved' in resolution) throw new Error(resolution.unresolved);
  return resolution.actions.every((action) => scope(action) === undefined);
}

describe('the resource of an action', () => {
  test.each([
    ['GET', '/repos/MyOrg/Repo-A/issues', 'MyOrg/Repo-A'],
    ['POST', '/agents/repos/o/r/tasks', 'o/r'],
    ['PUT', '/user/starred/o/r', 'o/r'],
    ['PUT', '/orgs/x/teams/t/repos/o/r', 'o/r'],
    ['GET', '/teams/1/repos/o/r', 'o/r'],
    ['GET', '/networks/o/r/events', 'o/r'],
    ['GET', '/repos/o/r/new_feature', 'o/r'],
    ['GET', '/repos/o/r/compare/main...other:branch', 'o/r'],
    ['GET', '/repos/o/r/code-scanning/codeql/variant-analyses/1/repos/p/q', 'o/r'],
    ['GET', '/repos/o/r/contents/repos/p/q', 'o/r'],
  ])('%s %s is on %s', async (method, path, resource) => {
    const resolution = await resolve(method, path);
    expect(resolution).toMatchObject({ actions: [{ resource }] });
    expect(resolution).not.toMatchObject({ actions: [{ reach: 'any' }] });
  });
});

describe('with scope.repositories, a request is inside', () => {
  test.each([
    ['GET', '/repos/myorg/repo-a'],
    ['GET', '/repos/MYORG/REPO-A/issues'],
    ['GET', '/meta'],
    ['GET', '/rate_limit'],
    ['GET', '/user'],
    ['GET', '/users/u'],
    ['GET', '/gists'],
    ['POST', '/gists'],
    ['GET', '/users/u/followers'],
    ['GET', '/user/emails'],
    ['GET', '/orgs/myorg'],
  ])('%s %s', async (method, path) => {
    expect(await isInside(method, path)).toBe(true);
  });
});

describe('with scope.repositories, a request is outside (trap G4)', () => {
  test.each([
    ['POST', '/markdown'],
    ['POST', '/repos/myorg/repo-a/issues/7/sub_issues'],
    ['GET', '/repos/myorg/repo-a/issues/7/sub_issues'],
    ['DELETE', '/repos/myorg/repo-a/issues/7/sub_issue'],
    ['GET', '/repos/myorg/repo-a/issues/7/parent'],
    ['POST', '/repos/myorg/repo-a/issues/7/dependencies/blocked_by'],
    ['GET', '/repos/myorg/repo-a/issues/7/timeline'],
    ['POST', '/repos/myorg/repo-a/generate'],
    ['POST', '/repos/myorg/repo-a/code-scanning/codeql/variant-analyses'],
    ['GET', '/repos/myorg/repo-a/compare/main...victim:secret:main'],
    ['GET', '/repos/myorg/repo-a/compare/victim%3Asecret%3Amain...main'],
    ['GET', '/repos/other/repo-a'],
    ['GET', '/repos/myorg/repo-ab/issues'],
    ['GET', '/search/code?q=repo:other/secret'],
    ['GET', '/issues'],
    ['GET', '/user/repos'],
    ['GET', '/user/issues'],
    ['GET', '/users/u/repos'],
    ['GET', '/users/u/events'],
    ['GET', '/users/u/hovercard'],
    ['GET', '/user/starred'],
    ['GET', '/notifications'],
    ['GET', '/events'],
    ['GET', '/orgs/myorg/repos'],
    ['GET', '/orgs/myorg/members'],
    ['PATCH', '/orgs/myorg'],
    ['GET', '/repositories'],
    ['GET', '/repositories/1'],
    ['GET', '/repositories/1/issues'],
    ['GET', '/teams/1/repos'],
    ['GET', '/enterprises/e'],
    ['GET', '/agents/tasks'],
    ['GET', '/installation/repositories'],
    ['GET', '/new_feature'],
    ['POST', '/repos/other/secret/transfer'],
    ['PUT', '/user/starred/other/secret'],
  ])('%s %s', async (method, path) => {
    expect(await isInside(method, path)).toBe(false);
  });
});
