import { describe, expect, test } from 'vitest';
import { namesOf } from './request.ts';

function named(title: string, table: readonly string[]): void {
  describe(title, () => {
    test.each(table.map((line) => line.split(/ +/) as [string, string, string]))(
      '%s %s is %s',
      async (...row) => {
        const [method, path, ...names] = row;
        expect(await namesOf(method, path.replace('@', '/repos/o/r'))).toEqual(names);
      },
    );
  });
}

named('G1: the container', [
  'GET @ repos:read',
  'GET /repositories/1 repos:read',
  'GET /repositories/1/issues issues:read',
  'GET /orgs/o orgs:read',
  'GET /organizations/o/settings/billing/usage admin:billing:read',
  'PATCH /organizations/1 admin:orgs:update',
  'GET /organizations/1/repos repos:read',
  'GET /enterprises/e/dependabot/alerts admin:dependabot:read',
  'GET /enterprises/e/actions/permissions admin:actions:read',
  'GET /enterprises/e/copilot/metrics/reports/users-1-day admin:copilot:read',
  'POST /enterprises/e/teams admin:teams:create',
  'GET /users/u users:read',
  'GET /users/dependabot%5Bbot%5D users:read',
  'GET /user users:read',
  'GET /user/42 users:read',
  'POST /user/42/projectsV2/1/drafts projects:update',
  'GET /teams/1/members admin:teams:read',
  'PUT /teams/1/repos/o/r admin:teams:update',
  'POST /agents/repos/o/r/tasks agents:create',
  'GET /agents/repos/o/r/tasks/1 agents:read',
  'POST https://uploads.github.com@/releases/1/assets?name=a.zip releases:update',
]);

named('G2: the resource', [
  'GET @/topics repos:read',
  'GET @/contents contents:read',
  'GET @/contents/docs/secrets/a.md contents:read',
  'GET @/tarball/main contents:read',
  'POST @/git/refs contents:create',
  'POST @/stacks pulls:create',
  'GET @/assignees issues:read',
  'GET @/immutable-releases admin:releases:read',
  'POST @/dispatches actions:dispatch',
  'PATCH @/check-suites/preferences checks:update',
  'PUT @/environments/prod admin:environments:update',
  'GET @/stargazers stars:read',
  'DELETE @/subscription watching:delete',
  'GET @/security-advisories advisories:read',
  'PUT @/vulnerability-alerts admin:code-security:update',
  'GET @/rules/branches/main admin:rulesets:read',
  'GET @/traffic/views admin:traffic:read',
  'GET @/installation apps:read',
  'PUT @/lfs admin:repos:update',
  'GET /orgs/o/repos repos:read',
  'POST /orgs/o/repos admin:repos:create',
  'GET /orgs/o/docker/conflicts packages:read',
  'GET /orgs/o/ProjectsV2 projects:read',
  'GET /orgs/o/copilot-spaces copilot:read',
  'GET /orgs/o/settings/billing/budgets admin:billing:read',
  'GET /orgs/o/settings/network-configurations admin:networks:read',
  'PUT /orgs/o/settings/immutable-releases admin:orgs:update',
  'GET /orgs/o/public_members admin:members:read',
  'PUT /orgs/o/security-managers/teams/t admin:teams:update',
  'POST /orgs/o/personal-access-tokens admin:tokens:create',
  'POST /orgs/o/secret_scanning/enable_all admin:code-security:create',
  'GET /user/orgs orgs:read',
  'GET /users/u/hovercard users:read',
  'GET /users/u/received_events events:read',
  'PUT /user/starred/o/r stars:update',
  'GET /user/subscriptions watching:read',
  'PUT /user/following/u followers:update',
  'POST /user/keys admin:keys:create',
  'GET /user/emails admin:emails:read',
  'POST /user/social_accounts admin:users:create',
  'PATCH /user/memberships/orgs/o admin:members:update',
  'GET /user/teams admin:teams:read',
  'GET / meta:read',
  'GET /rate_limit meta:read',
  'GET /app apps:read',
  'GET /networks/o/r/events events:read',
  'GET /search/code?q=x search:read',
  'GET /repositories repos:read',
  'GET /organizations orgs:read',
  'GET /assignments/1 classrooms:read',
  'POST /credentials/revoke admin:tokens:create',
  'GET /scim/v2/organizations/o/Users admin:scim:read',
  'POST /admin/users admin:site:create',
]);

named('G3: re-rooting', [
  'PUT @/actions/secrets/TOKEN secrets:update',
  'GET @/agents/organization-secrets secrets:read',
  'GET @/environments/prod/secrets secrets:read',
  'PUT /orgs/o/codespaces/secrets/S/repositories/1 secrets:update',
  'POST @/actions/variables variables:create',
  'GET @/actions/organization-variables variables:read',
  'PUT @/branches/main/protection admin:branch-protection:update',
  'PUT @/branches/feature/x/protection admin:branch-protection:update',
  'GET @/branches/feature%2Fx/protection/restrictions/users admin:branch-protection:read',
  'GET @/tags/protection admin:branch-protection:read',
  'DELETE @/actions/runners/1 admin:runners:delete',
  'GET /orgs/o/actions/runner-groups/1/repositories admin:runners:read',
  'PUT @/actions/permissions/workflow admin:actions:update',
  'GET /orgs/o/actions/oidc/customization/sub admin:actions:read',
  'PUT @/actions/cache/retention-limit admin:actions:update',
  'GET @/actions/cache/usage actions:read',
  'PATCH @/code-scanning/default-setup admin:code-security:update',
  'PATCH @/code-quality/setup admin:code-security:update',
  'PATCH /orgs/o/dependabot/repository-access admin:code-security:update',
  'POST @/secret-scanning/custom-patterns admin:code-security:create',
  'PUT /orgs/o/codespaces/access admin:codespaces:update',
  'GET /orgs/o/copilot/billing admin:copilot:read',
  'PUT /enterprises/e/copilot/policies/coding_agent admin:copilot:update',
  'GET @/commits/main/status statuses:read',
  'GET @/commits/feature/x/statuses statuses:read',
  'GET @/commits/main/check-runs checks:read',
  'GET @/commits/abc/pulls pulls:read',
  'GET /orgs/o/members/u/codespaces codespaces:read',
  'POST @/pulls/1/codespaces codespaces:update',
  'GET /orgs/o/members/u/copilot copilot:read',
]);

named('G4: the verb', [
  'HEAD @/issues issues:read',
  'POST /markdown meta:read',
  'POST /markdown/raw meta:read',
  'POST /orgs/o/attestations/bulk-list attestations:read',
  'POST @/releases/generate-notes releases:read',
  'PUT @/pulls/1/reviews/2 pulls:review',
  'PUT @/pulls/1/reviews/2/dismissals pulls:review',
  'DELETE @/pulls/1/reviews/2 pulls:review',
  'GET @/pulls/1/reviews pulls:read',
  'POST @/issues/1/reactions issues:react',
  'DELETE @/comments/1/reactions/2 contents:react',
  'POST @/issues/1/comments issues:comment',
  'POST @/pulls/1/comments pulls:comment',
  'POST @/pulls/1/comments/2/replies pulls:comment',
  'PATCH @/issues/comments/1 issues:update',
  'POST @/commits/abc/comments contents:comment',
  'POST /gists/1/comments gists:comment',
  'PUT @/pulls/1/merge pulls:merge',
  'GET @/pulls/1/merge pulls:read',
  'PUT @/pulls/1/merge-async pulls:merge',
  'POST @/merges contents:merge',
  'POST @/merge-upstream contents:merge',
  'PUT @/issues/1/lock issues:lock',
  'DELETE @/issues/1/lock issues:lock',
  'POST @/actions/workflows/ci.yml/dispatches actions:dispatch',
  'POST @/actions/runs/1/rerun-failed-jobs actions:rerun',
  'POST @/check-runs/1/rerequest checks:rerun',
  'POST @/actions/runs/1/force-cancel actions:cancel',
  'POST @/actions/runs/1/pending_deployments actions:approve',
  'POST @/issues/1/suggestions/2/approve issues:update',
  'POST /gists/1/forks gists:fork',
  'POST @/issues issues:create',
  'PATCH @/issues/1 issues:update',
  'POST @/issues/1/labels issues:update',
  'POST @/pulls/1/requested_reviewers pulls:update',
  'POST @/branches/main/rename contents:update',
  'DELETE @/git/refs/heads/feature/x contents:delete',
  'DELETE @/git/refs/heads%2Ffeature%2Fx contents:delete',
  'PUT @/contents/.github/workflows/ci.yml contents:update',
  'DELETE @/issues/1/labels/bug issues:update',
  'DELETE @/issues/1/labels/a%2Fb issues:update',
  'DELETE @/labels/bug labels:delete',
  'DELETE @/labels/a%2Fb labels:delete',
  'DELETE @/issues/comments/1/pin issues:update',
  'DELETE @/issues/1/sub_issue issues:update',
  'DELETE /gists/1/star gists:update',
  'DELETE /gists/1 gists:delete',
  'DELETE @ admin:repos:delete',
  'POST @/forks admin:repos:fork',
  'POST @/transfer admin:repos:transfer',
  'POST @/generate admin:repos:create',
  'PUT @/topics admin:repos:update',
  'PATCH /orgs/o admin:orgs:update',
  'PATCH /user admin:users:update',
]);

named('G6: nouns nobody has named', [
  'GET @/new_feature admin:new-feature:read',
  'POST @/New-Feature/1/comments admin:new-feature:create',
  'PUT /orgs/o/custom_roles/1 admin:custom-roles:update',
  'GET /orgs/o/unknown/thing admin:unknown:read',
  'DELETE /reactions/1 admin:reactions:delete',
  'GET /orgs/o/audit-log admin:audit-log:read',
  'PATCH @/bypass-requests/secret-scanning/1 admin:bypass-requests:update',
  'GET /repos admin:repos:read',
  'GET /user/new_thing admin:new-thing:read',
  'GET https://api.github.com/api/v3/user admin:api:read',
]);

named('operations that are not listed, under a known noun', [
  'GET @/issues/1/new_feature issues:read',
  'GET @/actions/secrets/a/b/c secrets:read',
  'GET @/git/refs contents:read',
  'POST @/issues/1/new_feature issues:create admin:issues:create',
  'PUT @/issues/1 issues:update admin:issues:update',
  'PUT @/pulls/1%2Fmerge pulls:update admin:pulls:update',
  'PUT @/actions/secrets/a/b/c secrets:update admin:secrets:update',
  'DELETE @/hooks admin:hooks:delete',
  'POST /orgs/o/packages/new packages:create admin:packages:create',
  'PUT /orgs/o/repos admin:repos:update',
]);

named('POST in place of PATCH, which GitHub takes', [
  'POST @/issues/1 issues:update',
  'POST @ admin:repos:update',
  'POST @/git/refs/heads/main contents:update',
]);

named('spellings', [
  'GET /REPOS/O/R/Issues issues:read',
  'GET @/issues/ issues:read',
  'GET /%72epos/o/r/hooks admin:hooks:read',
  'GET @/%68ooks admin:hooks:read',
  'GET @/issues?per_page=100 issues:read',
]);

describe('a request that cannot be read to one meaning is unresolved', () => {
  test.each([
    ['GET', '/repos/o/r/../../other/secret/contents/x'],
    ['GET', '/repos/o/r/%2e%2e/%2E%2e/other/secret'],
    ['GET', '/repos/o/r/..%2f..%2fother'],
    ['GET', '/repos/o%2Fr/issues/1'],
    ['GET', '/repos/o/r%2Fissues'],
    ['GET', '/repos/o/r%2F..%2Fother/issues'],
    ['GET', '/repos/o/r%5cother/issues'],
    ['GET', '/repos/o/r%20/issues'],
    ['GET', '/orgs/o%2Fx/repos'],
    ['GET', '/users/u%2Frepos'],
    ['GET', '/user/starred/o%2Fr/x'],
    ['GET', '//repos/o/r'],
    ['GET', '/repos//o/r'],
    ['GET', '/repos/o/r/issues%2F1'],
    ['GET', '/repos/o/r/%252e%252e%252fx'],
    ['GET', '/repos/o/r/issues/1%00'],
    ['GET', '/repos/o/r/a:b'],
    ['OPTIONS', '/repos/o/r'],
    ['QUERY', '/repos/o/r/issues'],
    ['get', '/repos/o/r/issues'],
    ['POST', '/graphql'],
    ['GET', '/graphql'],
    ['POST', 'https://github.example.com/api/graphql'],
    ['POST', 'https://github.example.com/api/v3/graphql'],
  ])('%s %s', async (method, path) => {
    expect(await namesOf(method, path)).toBe('unresolved');
  });

  test.each(['X-HTTP-Method-Override', 'x-http-method', 'X-METHOD-OVERRIDE'])('with %s', async (name) => {
    expect(await namesOf('POST', '/repos/o/r/issues', { headers: [name, 'DELETE'] })).toBe('unresolved');
  });
});

test('a body does not change what a GET means', async () => {
  const parts = { body: '{"event":"APPROVE"}', headers: ['content-type', 'application/json'] };
  expect(await namesOf('GET', '/repos/o/r/pulls/1/reviews', parts)).toEqual(['pulls:read']);
});
