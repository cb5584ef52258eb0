import { createPipeline, Secret } from '@pai/core';
import { compilePolicy } from '@pai/policy';
import { describe, expect, test } from 'vitest';
import { github } from '../src/index.ts';
import { none, oid, pushOf } from './push.ts';
import { type RequestParts, requestOf } from './request.ts';

function judge(method: string, target: string, parts: RequestParts = {}, more: object = {}) {
  const refs = ['refs/heads/agent/*', 'refs/tags/v*'];
  const spec = {
    type: 'github' as const,
    auth: { type: 'pat' as const, secretRef: 'x' },
    policy: { allow: ['*'] },
    scope: { refs },
    ...more,
  };
  const provider = github.create(spec, {
    name: 'git',
    secrets: {
      read: (key) => new Secret(key, 'ghp_canary0123456789'),
      derive: (name, value) => new Secret(name, value),
    },
    signal: new AbortController().signal,
    fetch,
    isOffline: true,
    now: () => 0,
    log: () => undefined,
  });
  const { scope } = provider;
  const policy = compilePolicy({
    name: 'git',
    type: 'github',
    policy: spec.policy,
    plugin: github,
    scope,
    hasScope: true,
  });
  const attached = {
    name: 'git',
    type: 'github',
    provider,
    decide: policy.decide,
    enforcement: 'enforce',
    isLogged: true,
  } as const;
  return createPipeline([attached]).judge(requestOf(method, target.replace('@', '/repos/o/r'), parts));
}

const json = (value: object): RequestParts => ({
  body: JSON.stringify(value),
  headers: ['content-type', 'application/json'],
});

describe('with scope.refs, over REST', () => {
  test.each([
    ['POST @/git/refs', { ref: 'refs/heads/agent/x', sha: oid }],
    ['PATCH @/git/refs/heads/agent/x', { sha: oid, force: true }],
    ['POST @/git/refs/heads%2Fagent%2Fx', { sha: oid }],
    ['DELETE @/git/refs/tags/v1', {}],
    ['PUT @/contents/docs/a.md', { branch: 'agent/x', content: '' }],
    ['DELETE @/contents/docs/a.md', { branch: 'agent/x' }],
    ['POST @/merges', { base: 'agent/x', head: 'main' }],
    ['POST @/merge-upstream', { branch: 'agent/x' }],
    ['POST @/branches/agent%2Fx/rename', { new_name: 'agent/y' }],
    ['POST @/git/commits', { message: 'x' }],
    ['POST @/git/trees', {}],
    ['POST @/git/blobs', {}],
    ['POST @/git/tags', {}],
    ['POST @/commits/abc/comments', { body: 'x' }],
    ['PATCH @/comments/1', { body: 'x' }],
    ['POST @/comments/1/reactions', {}],
    ['POST @/releases', { tag_name: 'v1' }],
    ['POST @/pulls', { base: 'main', head: 'agent/x' }],
    ['POST @/deployments', { ref: 'main', auto_merge: false }],
    ['POST @/deployments', { ref: 'agent/x' }],
    ['GET @/pulls/7/new_feature', {}],
    ['POST /graphql', { query: 'mutation{closeIssue(input:{issueId:"I_1"}){clientMutationId}}' }],
    [
      'POST /graphql',
      { query: 'mutation{createDeployment(input:{refId:"x",autoMerge:false}){clientMutationId}}' },
    ],
    ['GET @/contents/docs/a.md', {}],
    ['GET @/git/ref/heads/main', {}],
    ['POST @/issues', {}],
  ])('allows %s %j', async (line, body) => {
    const [method = '', path = ''] = line.split(' ');
    expect((await judge(method, path, json(body))).event.decision).toBe('allow');
  });

  test.each([
    ['POST @/git/refs', { ref: 'refs/heads/main' }],
    ['POST @/git/refs', { ref: 'heads/agent/x' }],
    ['POST @/git/refs', {}],
    ['POST @/git/refs', { ref: ['refs/heads/agent/x'] }],
    ['POST @/git/refs', { ref: '?' }],
    ['PATCH @/git/refs/heads/main', {}],
    ['PATCH @/git/refs/refs/heads/agent/x', {}],
    ['DELETE @/git/refs/heads%2Fmain', {}],
    ['PUT @/contents/a.md', {}],
    ['PUT @/contents/a.md', { branch: 'main' }],
    ['PUT @/contents/a.md', { branch: null }],
    ['PUT @/contents/a.md', { branch: 'refs/heads/agent/x' }],
    ['PUT @/contents/a.md?branch=main', { branch: 'agent/x' }],
    ['PUT @/contents/a.md', { branch: 'agent/x', Branch: 'main' }],
    ['PUT @/contents/a.md', { branch: 'agent/x', content: 'x'.repeat(1 << 20) }],
    ['DELETE @/contents/a.md?branch=agent/x', {}],
    ['POST @/merges', { base: 'main', head: 'agent/x' }],
    ['POST @/merge-upstream', { branch: 'main' }],
    ['POST @/branches/main/rename', { new_name: 'agent/y' }],
    ['POST @/branches/agent%2Fx/rename', { new_name: 'main' }],
    ['PUT @/pulls/7/merge', {}],
    ['PUT @/pulls/7/update-branch', {}],
    ['POST @/releases', { tag_name: 'other' }],
    ['PATCH @/releases/1', { draft: false }],
    ['POST @/code-scanning/alerts/1/autofix/commits', { target_ref: 'refs/heads/agent/x' }],
    ['POST @/contents/new_feature', {}],
    ['POST @/pulls/7/new_feature', {}],
    ['POST @/deployments', { ref: 'main' }],
    ['POST @/deployments', { ref: 'main', auto_merge: 'false' }],
    ['POST @/deployments', { ref: 'main', auto_merge: false, Auto_Merge: true }],
    ['POST /user/codespaces/x/exports', {}],
    ...[
      'updatePullRequestBranch(input:{pullRequestId:"PR_1"})',
      'revertPullRequest(input:{pullRequestId:"PR_1"})',
      'createDeployment(input:{refId:"x",repositoryId:"R_1"})',
      'createDeployment(input:{refId:"x",autoMerge:true})',
      'mergePullRequest(input:{pullRequestId:"PR_1"})',
      'createLinkedBranch(input:{issueId:"I_1",oid:"x",name:"agent/x"})',
      'deleteLinkedBranch(input:{linkedBranchId:"x"})',
      'mergeBranch(input:{repositoryId:"R_1",base:"agent/x",head:"main"})',
      'updateRefs(input:{repositoryId:"R_1",refUpdates:[]})',
    ].map((field): [string, object] => ['POST /graphql', { query: `mutation{${field}{clientMutationId}}` }]),
    ['PUT @/import', {}],
  ])('denies %s %#', async (line, body) => {
    const [method = '', path = ''] = line.split(' ');
    const { event } = await judge(method, path, json(body));
    expect(event).toMatchObject({ decision: 'deny', rule: 'scope.refs' });
  });

  test('says what it wants', async () => {
    const { event } = await judge('PUT', '@/contents/a.md', json({ branch: 'main' }));
    expect(event.reason).toBe(
      'git: contents:update is out of scope: refs/heads/main is not in scope.refs (refs/heads/agent/*, refs/tags/v*); add it there if the agent needs it',
    );
    expect(event.parts).toEqual(['refs/heads/main']);
  });
});

describe('with scope.refs, a push (trap G8)', () => {
  const push = 'https://github.com/o/r.git/git-receive-pack';
  const line = (ref: string) => `${none} ${oid} ${ref}`;

  test.each([
    [[line('refs/heads/agent/a/b')], 'allow'],
    [[line('refs/heads/agent/a'), line('refs/tags/v1')], 'allow'],
    [[], 'allow'],
    [[line('refs/heads/main')], 'deny'],
    [[line('refs/heads/agent/a'), line('refs/heads/main')], 'deny'],
    [[`${oid} ${none} refs/heads/main`], 'deny'],
    [[line('refs/heads/Agent/a')], 'deny'],
    [[line('refs/heads/agentx')], 'deny'],
  ])('%j is decided: %s', async (commands, decision) => {
    const { event } = await judge('POST', push, { body: pushOf(commands) });
    expect(event.decision).toBe(decision);
  });

  test('is announced and not judged where git looks for references', async () => {
    const { event } = await judge('GET', 'https://github.com/o/r/info/refs?service=git-receive-pack');
    expect(event).toMatchObject({ decision: 'allow', actions: ['contents:push'] });
  });

  test('is answered in words of git, after its content', async () => {
    const outcome = await judge('POST', push, { body: pushOf([line('refs/heads/main')]) });
    if (outcome.kind !== 'respond') throw new Error('was forwarded');
    const { status, body } = outcome.response;
    expect(status).toBe(200);
    expect(outcome.unread).toBeDefined();
    expect(String(body)).toMatch(
      /^....\x01000eunpack ok\n....ng refs\/heads\/main git: contents:push is out of scope.*\n00000000$/,
    );
  });

  test('that cannot be read is answered as far as it was read', async () => {
    const signed = Buffer.from('001bpush-cert\0report-status');
    const outcome = await judge('POST', push, { body: signed });
    expect(outcome.kind === 'respond' && String(outcome.response.body)).toMatch(
      /^....unpack git: the request cannot be resolved/,
    );
    const empty = await judge('POST', push, { body: '' });
    expect(empty.kind === 'respond' && empty.response.status).toBe(403);
  });
});

test.each([['agent/*'], ['*'], ['heads/main'], ['refs/heads/a b']])(
  'the pattern %s is refused',
  async (pattern) => {
    await expect(async () => judge('GET', '/meta', {}, { scope: { refs: [pattern] } })).rejects.toMatchObject(
      {
        code: 'config_invalid',
      },
    );
  },
);

describe('a rule on the paths of workflows (trap G6)', () => {
  const policy = {
    allow: ['contents:*'],
    httpRules: [
      { paths: ['/**/contents/.github/workflows/**'], effect: 'deny' as const },
      { effect: 'allow' as const },
    ],
  };

  test.each([
    ['@/contents/.github/workflows/ci.yml', 'deny'],
    ['@/contents/.github%2Fworkflows%2Fci.yml', 'deny'],
    ['@/contents/%2egithub/workflows/ci.yml', 'deny'],
    ['/repositories/1/contents/.github/workflows/ci.yml', 'deny'],
    ['/repositories/1/contents/docs/ci.yml', 'allow'],
    ['@/contents/docs/ci.yml', 'allow'],
  ])('PUT %s: %s', async (path, decision) => {
    const { event } = await judge('PUT', path, {}, { policy, scope: {} });
    expect(event.decision).toBe(decision);
  });
});
