import { Octokit } from '@octokit/core';
import { createPipeline, type Denial, placeholderFor, Secret } from '@pai/core';
import { testProvider } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { github } from '../src/index.ts';
import { type RequestParts, requestOf } from './request.ts';

type Spec = Static<typeof github.spec>;

const token = 'ghp_canary0123456789';
const spec: Spec = {
  type: 'github',
  auth: { type: 'pat', secretRef: 'github-pat' },
  policy: { allow: ['pulls:create', 'pulls:comment', 'issues:read', 'contents:read'], deny: ['admin:*'] },
  scope: { repositories: ['myorg/repo-a', 'myorg/repo-b'] },
};

function create(overrides: Partial<Spec> = {}) {
  return github.create(
    { ...spec, ...overrides },
    {
      name: 'github-writer',
      secrets: {
        read: (key) => new Secret(`github-pat/${key}`, token),
        derive: (made, value) => new Secret(made, value),
      },
      signal: new AbortController().signal,
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      now: () => 0,
      log: () => undefined,
    },
  );
}

function judge(method: string, target: string, parts?: RequestParts, overrides: Partial<Spec> = {}) {
  const provider = create(overrides);
  const policy = { ...spec, ...overrides }.policy;
  const { decide } = compilePolicy({
    name: 'github-writer',
    type: 'github',
    policy,
    plugin: github,
    scope: provider.scope,
    hasScope: true,
  });
  const attached = {
    name: 'github-writer',
    type: 'github',
    provider,
    decide,
    enforcement: 'enforce',
    isLogged: true,
  } as const;
  return createPipeline([attached], () => 0).judge(requestOf(method, target, parts));
}

describe('the spec', () => {
  test.each([
    [spec, true],
    [{ ...spec, host: 'github.example.com' }, true],
    [{ ...spec, auth: { type: 'pat' } }, false],
    [{ ...spec, auth: { type: 'token', secretRef: 'x' } }, false],
    [{ ...spec, scope: { repos: ['a/b'] } }, false],
    [{ ...spec, unknown: 1 }, false],
  ])('%# is valid: %s', (value, expected) => {
    expect(Value.Check(github.spec, value)).toBe(expected);
  });

  test.each(['myorg', 'myorg/*/x', '*', 'a/**'])('refuses the repository pattern %s', (pattern) => {
    expect(() => create({ scope: { repositories: [pattern] } })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });
});

const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

describe('the credential', () => {
  const signed = 'https://github-cloud.s3.amazonaws.com/alambic/media/1/x';

  test.each([
    [`Bearer ${placeholderFor('github-writer')}`, []],
    [`Basic ${Buffer.from(`x:${placeholderFor('github-writer')}`).toString('base64')}`, []],
    ['AWS4-HMAC-SHA256 Signature=abc', ['authorization', 'AWS4-HMAC-SHA256 Signature=abc']],
    ['RemoteAuth abc', ['authorization', 'RemoteAuth abc']],
  ])('never goes where GitHub has signed, and of %s stays %j', async (authorization, left) => {
    const headers = ['Authorization', authorization, 'Cookie', 'a=b'];
    const target = `${signed}?X-Amz-Signature=y&token=1`;
    const outcome = await judge('GET', target, { headers }, { policy: { allow: ['contents:read'] } });
    expect(outcome).toMatchObject({
      kind: 'forward',
      request: { headers: ['host', 'github-cloud.s3.amazonaws.com', ...left] },
    });
    expect(outcome.kind === 'forward' && outcome.request.target).toMatch(/\?X-Amz-Signature=y&token=1$/);
  });

  test('is nothing that a client of the container registry gets', async () => {
    const scope = 'service=ghcr.io&scope=repository:myorg/repo-a:pull';
    const outcome = await judge('GET', `https://ghcr.io/token?${scope}`);
    expect(outcome).toMatchObject({
      kind: 'respond',
      event: { decision: 'answer' },
      response: { status: 200 },
    });
    const placeholder = placeholderFor('github-writer');
    expect(outcome.kind === 'respond' && JSON.parse(String(outcome.response.body))).toEqual({
      token: placeholder,
      access_token: placeholder,
      expires_in: 300,
    });
  });

  test.each([
    ['https://api.github.com/repos/myorg/repo-a/issues', `Bearer ${token}`],
    ['https://raw.githubusercontent.com/myorg/repo-a/main/a.md', `token ${token}`],
    ['https://codeload.github.com/myorg/repo-a/zip/main', `token ${token}`],
    [
      'https://github.com/myorg/repo-a/archive/main.zip',
      `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    ],
    ['https://github.com/myorg/repo-a.git/info/lfs/locks', basic],
    ['https://maven.pkg.github.com/myorg/repo-a/x.jar', basic],
    ['https://npm.pkg.github.com/@myorg%2frepo-a', `Bearer ${token}`],
    ['https://ghcr.io/v2/myorg/repo-a/tags/list', `Bearer ${Buffer.from(token).toString('base64')}`],
  ])('goes on %s and replaces what the agent sent', async (url, expected) => {
    const headers = ['AUTHORIZATION', `token ${placeholderFor('github-writer')}`, 'Cookie', 'logged_in=yes'];
    const policy = { allow: ['*:read'] };
    const outcome = await judge('GET', `${url}?Access_Token=agent&page=2`, { headers }, { policy });
    expect(outcome).toMatchObject({
      kind: 'forward',
      request: { headers: ['host', new URL(url).host, 'authorization', expected] },
    });
    expect(outcome.kind === 'forward' && outcome.request.target).toMatch(/\?page=2$/);
  });

  test.each([
    ['/api/v3/repos/myorg/repo-a/issues', `Bearer ${token}`],
    ['/myorg/repo-a/archive/main.zip', `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`],
  ])('goes on %s of an Enterprise Server', async (path, expected) => {
    const outcome = await judge(
      'GET',
      `https://github.example.com${path}`,
      {},
      { host: 'github.example.com' },
    );
    expect(outcome).toMatchObject({
      kind: 'forward',
      request: { headers: ['host', 'github.example.com', 'authorization', expected] },
    });
  });

  test('has a placeholder in the variables that tools read', () => {
    const placeholder = placeholderFor('github-writer');
    const usual = { GITHUB_TOKEN: placeholder, GH_TOKEN: placeholder };
    expect(create().placeholders.env).toEqual(usual);
    expect(create({ host: 'github.example.com:8443' }).placeholders.env).toEqual({
      ...usual,
      GH_ENTERPRISE_TOKEN: placeholder,
    });
    expect(create({ auth: { ...spec.auth, agentEnvVar: 'MY_TOKEN' } }).placeholders.env).toEqual({
      MY_TOKEN: placeholder,
    });
  });
});

describe('the policy of the README (trap G5)', () => {
  test.each([
    ['GET', '/repos/myorg/repo-a/issues'],
    ['GET', '/repos/MyOrg/Repo-B/contents/README.md'],
    ['POST', '/repos/myorg/repo-a/pulls'],
    ['POST', '/repos/myorg/repo-a/pulls/7/comments'],
  ])('allows %s %s', async (method, target) => {
    expect((await judge(method, target)).kind).toBe('forward');
  });

  test.each([
    ['POST', '/repos/myorg/repo-a/hooks', 'policy.deny[0]'],
    ['PUT', '/repos/myorg/repo-a/actions/secrets/TOKEN', 'policy.allow'],
    ['POST', '/repos/myorg/repo-a/transfer', 'policy.deny[0]'],
    ['POST', '/repos/myorg/repo-a/forks', 'policy.deny[0]'],
    ['POST', '/repos/myorg/repo-a/generate', 'policy.deny[0]'],
    ['DELETE', '/repos/myorg/repo-a', 'policy.deny[0]'],
    ['POST', '/repos/myorg/repo-a/issues', 'policy.allow'],
    ['POST', '/repos/myorg/repo-a/issues/7/comments', 'unresolved'],
    ['POST', '/repos/myorg/repo-a/issues/7/new_feature', 'policy.deny[0]'],
    ['GET', '/repos/other/secret/issues', 'scope.repositories'],
    ['GET', '/issues', 'scope.repositories'],
  ])('denies %s %s by %s, as GitHub would say it', async (method, target, rule) => {
    const outcome = await judge(method, target);
    expect(outcome.event).toMatchObject({ decision: 'deny', rule });
    if (outcome.kind !== 'respond') throw new Error('was forwarded');
    expect(outcome.response.status).toBe(403);
    expect(JSON.parse(String(outcome.response.body))).toEqual({
      message: outcome.event.reason,
      documentation_url: 'https://docs.github.com/rest',
      status: '403',
    });
  });

  test('denies GraphQL with errors that its clients read', async () => {
    const body = '{"query":"mutation{mergePullRequest(input:{}){clientMutationId}}"}';
    const parts = { body, headers: ['content-type', 'application/json'] };
    const outcome = await judge('POST', '/graphql', parts, { scope: {} });
    expect(outcome.event).toMatchObject({ decision: 'deny', rule: 'policy.allow', actions: ['pulls:merge'] });
    if (outcome.kind !== 'respond') throw new Error('was forwarded');
    expect(outcome.response.status).toBe(403);
    expect(JSON.parse(String(outcome.response.body))).toEqual({
      message: outcome.event.reason,
      documentation_url: 'https://docs.github.com/graphql',
      status: '403',
      errors: [{ type: 'FORBIDDEN', message: outcome.event.reason }],
    });
  });

  test('asks for a repository in a form in which its token can be found', async () => {
    const policy = { allow: ['repos:read', 'issues:read'] };
    const headers = ['accept-encoding', 'gzip'];
    const sent = async (path: string) => {
      const outcome = await judge('GET', path, { headers }, { policy });
      if (outcome.kind !== 'forward') throw new Error('was not forwarded');
      return outcome.request.headers;
    };
    expect(await sent('/repos/myorg/repo-a')).not.toContain('accept-encoding');
    expect(await sent('/repos/myorg/repo-a/issues')).toContain('accept-encoding');
  });

  test('needs pulls:approve for a review that approves', async () => {
    const policy = { allow: ['pulls:review'] };
    const path = '/repos/myorg/repo-a/pulls/7/reviews';
    const approve = await judge('POST', path, { body: '{"event":"APPROVE"}' }, { policy });
    expect(approve.event).toMatchObject({ decision: 'deny', actions: ['pulls:review', 'pulls:approve'] });
    const comment = await judge('POST', path, { body: '{"event":"COMMENT"}' }, { policy });
    expect(comment.kind).toBe('forward');
  });

  test('denies a new feature whether its resource or administration is denied', async () => {
    const path = '/repos/myorg/repo-a/issues/7/new_feature';
    const byResource = await judge('POST', path, {}, { policy: { allow: ['*'], deny: ['issues:write'] } });
    const byAdmin = await judge('POST', path, {}, { policy: { allow: ['*'], deny: ['admin:*'] } });
    expect([byResource.event.decision, byAdmin.event.decision]).toEqual(['deny', 'deny']);
  });
});

describe('a denial', () => {
  test.each([
    [
      'GET',
      'https://github.com/other/x.git/info/refs?service=git-upload-pack',
      /^github-writer: contents:read is out of scope.*\n$/,
    ],
    [
      'GET',
      'https://github.com/other/x.git/info/lfs/locks',
      /^\{"message":"github-writer: contents:read is out of scope/,
    ],
    [
      'POST',
      'https://ghcr.io/v2/o/i/blobs/uploads/',
      /^\{"errors":\[\{"code":"DENIED","message":"github-writer: packages:create is not allowed/,
    ],
    [
      'PUT',
      'https://npm.pkg.github.com/@o%2fname',
      /^\{"error":"github-writer: packages:create is not allowed/,
    ],
    [
      'GET',
      'https://raw.githubusercontent.com/other/x/main/a',
      /^\{"message":"github-writer: contents:read is out of scope/,
    ],
  ])('of %s %s is in the shape its client reads', async (method, url, shape) => {
    const outcome = await judge(method, url);
    if (outcome.kind !== 'respond') throw new Error('was forwarded');
    expect(outcome.response.status).toBe(403);
    expect(String(outcome.response.body)).toMatch(shape);
  });
});

describe('a refusal', () => {
  const { deny } = create();
  const refusal: Denial = {
    provider: 'github-writer',
    decision: 'refuse',
    status: 502,
    rule: 'upstream_unreachable',
    message: 'github-writer: api.github.com does not answer',
    requestId: 'id',
    actions: [],
  };
  const { message } = refusal;
  const upload = 'https://github.com/o/r.git/git-upload-pack';

  test.each([
    ['GET', 'https://github.com/o/r.git/info/refs?service=git-upload-pack', 502, `${message}\n`],
    ['POST', upload, 200, `0036ERR ${message}\n`],
    ['POST', 'https://github.com/o/r.git/git-receive-pack', 502, `${message}\n`],
    ['GET', 'https://github.com/o/r.git/info/lfs/locks', 502, JSON.stringify({ message })],
    [
      'GET',
      'https://ghcr.io/v2/o/i/tags/list',
      502,
      JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] }),
    ],
    ['PUT', 'https://npm.pkg.github.com/@o%2fname', 502, JSON.stringify({ error: message })],
  ])('of %s %s is in the shape its client reads', (method, url, status, body) => {
    const response = deny?.(refusal, requestOf(method, url));
    expect([response?.status, String(response?.body)]).toEqual([status, body]);
  });

  const clientOf = (path?: string) =>
    new Octokit({
      request: {
        fetch: async (url: string, { method, body }: { method: string; body?: string }) => {
          const target = path ?? url;
          const response = deny?.(refusal, requestOf(method, target, body === undefined ? {} : { body }));
          return new Response(String(response?.body), {
            status: response?.status ?? 0,
            headers: { 'content-type': 'application/json' },
          });
        },
      },
    });

  test.each([
    ['REST', undefined, (octokit: Octokit) => octokit.request('GET /user')],
    ['a path that cannot be read', '/a//b', (octokit: Octokit) => octokit.request('GET /user')],
    ['GraphQL', undefined, (octokit: Octokit) => octokit.graphql('{viewer{login}}')],
  ])("of %s raises Octokit's own error with the sentence", async (_what, path, send) => {
    await expect(send(clientOf(path))).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining(message),
    });
  });
});

describe('the contract of a provider', () => {
  testProvider(test, {
    plugin: github,
    spec: { type: 'github', auth: spec.auth },
    secrets: { token },
    samples: [
      { url: 'https://api.github.com/repos/myorg/repo-a', actions: ['repos:read'], resource: 'myorg/repo-a' },
      { url: 'https://api.github.com/user/repos?page=2', actions: ['repos:read'] },
      {
        url: 'https://github.com/myorg/repo-a.git/info/refs?service=git-receive-pack',
        actions: ['contents:push'],
        resource: 'myorg/repo-a',
      },
      {
        url: 'https://ghcr.io/v2/myorg/repo-a/tags/list',
        actions: ['packages:read'],
        resource: 'myorg/repo-a',
      },
      { url: 'https://github.com/myorg/repo-a.git/info/refs', actions: 'unresolved' },
      {
        method: 'POST',
        url: 'https://api.github.com/repos/myorg/repo-a/pulls/7/reviews',
        body: '{"event":"APPROVE"}',
        actions: ['pulls:review', 'pulls:approve'],
        resource: 'myorg/repo-a',
      },
      {
        method: 'POST',
        url: 'https://uploads.github.com/repos/myorg/repo-a/releases/1/assets?name=a.zip',
        body: 'PK',
        actions: ['releases:update'],
        resource: 'myorg/repo-a',
      },
      {
        url: 'https://raw.githubusercontent.com/myorg/repo-a/main/README.md',
        actions: ['contents:read'],
        resource: 'myorg/repo-a',
      },
      { url: 'https://github.com/myorg/repo-a/archive/main.zip', actions: ['contents:read'] },
      { url: 'https://github.com/myorg/repo-a', actions: 'unresolved' },
      { method: 'POST', url: 'https://api.github.com/graphql', body: '{}', actions: 'unresolved' },
      {
        method: 'POST',
        url: 'https://api.github.com/graphql',
        body: '{"query":"{repository(owner:\\"myorg\\",name:\\"repo-a\\"){issues(first:9){nodes{title}}}}"}',
        actions: ['issues:read'],
        resource: 'myorg/repo-a',
      },
    ],
  });
});
