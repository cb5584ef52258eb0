import { describe, expect, test } from 'vitest';
import { apiRootsOf } from '../src/hosts.ts';
import { createLookup, offline } from '../src/lookup.ts';
import { nodeQuery } from '../src/node.ts';
import { createResolver } from '../src/resolve.ts';
import { requestOf } from './request.ts';

/** GitHub's answers by method and URL. */
type Answers = Readonly<Record<string, { readonly status?: number; readonly body: unknown }>>;

const api = 'https://api.github.com';
const issue = { number: 7 };
const pull = { number: 8, pull_request: { url: `${api}/repos/o/r/pulls/8` } };

const usual: Answers = {
  [`GET ${api}/repos/o/r/issues/7`]: { body: issue },
  [`GET ${api}/repos/o/r/issues/8`]: { body: pull },
  [`GET ${api}/repos/o/r/issues/9`]: { status: 410, body: { message: 'Issues are disabled' } },
  [`GET ${api}/repos/o/r/pulls/9`]: { body: { number: 9 } },
  [`GET ${api}/repos/o/r/issues/comments/70`]: { body: { issue_url: `${api}/repos/o/r/issues/7` } },
  [`GET ${api}/repos/o/r/issues/comments/80`]: { body: { issue_url: `${api}/repos/o/r/issues/8` } },
  [`GET ${api}/repositories/1`]: { body: { id: 1, full_name: 'o/r' } },
  [`GET ${api}/repositories/2`]: { body: { id: 3, full_name: 'o/r' } },
};

function ask(answers: Answers = usual, host?: string) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const lookup = createLookup({
    api: apiRootsOf(host),
    isOffline: false,
    now: () => clock.now,
    inject: ({ headers }) => void headers.push('authorization', 'Bearer real'),
    fetch: async (input, init) => {
      const line = `${init?.method} ${input}`;
      asked.push(line);
      expect(new Headers(init?.headers).get('authorization')).toBe('Bearer real');
      const { status = 200, body } = answers[line] ?? { status: 404, body: { message: 'Not Found' } };
      return new Response(JSON.stringify(body), { status });
    },
  });
  const resolve = createResolver(lookup, { isInScope: (repository) => repository !== 'other/secret' });
  const namesOf = async (method: string, path: string) => {
    try {
      const resolution = await resolve(requestOf(method, path.replace('@', '/repos/o/r')));
      return 'actions' in resolution
        ? resolution.actions.map(({ name }) => name).join()
        : resolution.unresolved;
    } catch (thrown) {
      return (thrown as Error).message;
    }
  };
  return { lookup, asked, clock, resolve, namesOf };
}

describe('what is done to the conversation of an issue or a pull request (trap G11)', () => {
  test.each([
    ['POST @/issues/#/comments', 'comment'],
    ['PATCH @/issues/#', 'update'],
    ['POST @/issues/#/labels', 'update'],
    ['DELETE @/issues/#/labels/bug', 'update'],
    ['POST @/issues/#/assignees', 'update'],
    ['PUT @/issues/#/lock', 'lock'],
    ['POST @/issues/#/reactions', 'react'],
    ['PATCH @/issues/comments/#0', 'update'],
    ['DELETE @/issues/comments/#0', 'delete'],
    ['POST @/issues/comments/#0/reactions', 'react'],
    ['POST /repositories/1/issues/#/comments', 'comment'],
  ])('%s is named by which it is: %s', async (line, verb) => {
    const [method = '', path = ''] = line.split(' ');
    const { namesOf } = ask();
    expect(await namesOf(method, path.replace('#', '7'))).toBe(`issues:${verb}`);
    expect(await namesOf(method, path.replace('#', '8'))).toBe(`pulls:${verb}`);
  });

  test('is asked only where it matters', async () => {
    const { namesOf, asked } = ask();
    expect(await namesOf('GET', '@/issues/8')).toBe('issues:read');
    expect(await namesOf('POST', '@/issues')).toBe('issues:create');
    expect(await namesOf('POST', '@/pulls/8/comments')).toBe('pulls:comment');
    expect(await namesOf('POST', '/repos/other/secret/issues/8/comments')).toBe('issues:comment');
    expect(asked).toEqual([]);
  });

  test('is known where issues cannot be read', async () => {
    expect(await ask().namesOf('POST', '@/issues/9/comments')).toBe('pulls:comment');
  });

  test.each(['404', '7x', '7%20', '-1', '9999999999999999999'])(
    'is unresolved for the number %s',
    async (number) => {
      expect(await ask().namesOf('POST', `@/issues/${number}/comments`)).toMatch(
        /does not say|is not the number/,
      );
    },
  );

  test('is an issue where there is nobody to ask', async () => {
    const resolution = await createResolver(offline)(requestOf('POST', '/repos/o/r/issues/8/comments'));
    expect(resolution).toEqual({ actions: [{ name: 'issues:comment', resource: 'o/r' }] });
  });
});

describe('a numeric repository', () => {
  test('is called by its name', async () => {
    const resolution = await ask().resolve(requestOf('GET', '/repositories/1/pulls'));
    expect(resolution).toEqual({ actions: [{ name: 'pulls:read', resource: 'o/r' }] });
  });

  test('is unresolved when GitHub does not know it, or answers with another', async () => {
    expect(await ask().namesOf('GET', '/repositories/2')).toMatch(/does not say which repository/);
    expect(await ask().namesOf('GET', '/repositories/4')).toMatch(/does not say which repository/);
  });
});

describe('look-ups', () => {
  test('are shared by all who ask at once, kept for a while, and asked anew after that', async () => {
    const { lookup, asked, clock } = ask();
    await Promise.all([lookup.repository(1), lookup.repository(1), lookup.repository(1)]);
    await lookup.repository(1);
    expect(asked).toHaveLength(1);
    clock.now = 60_000;
    await lookup.repository(1);
    expect(asked).toHaveLength(2);
  });

  test('find an issue that was made into a pull request', async () => {
    const line = `GET ${api}/repos/o/r/issues/7`;
    const answers: Record<string, Answers[string]> = { ...usual };
    const { lookup, clock } = ask(answers);
    expect(await lookup.kindOf('o/r', 7)).toBe('issues');
    answers[line] = { body: { ...pull, number: 7 } };
    clock.now = 60_000;
    expect(await lookup.kindOf('o/r', 7)).toBe('pulls');
  });

  test('that fail are not kept', async () => {
    const { lookup, asked } = ask();
    await expect(lookup.repository(4)).rejects.toMatchObject({ code: 'upstream_protocol' });
    await expect(lookup.repository(4)).rejects.toMatchObject({ code: 'upstream_protocol' });
    expect(asked).toHaveLength(2);
  });

  test('are not more than can be kept', async () => {
    const answers = Object.fromEntries(
      Array.from({ length: 2_001 }, (_, id) => [
        `GET ${api}/repositories/${id}`,
        { body: { id, full_name: 'o/r' } },
      ]),
    );
    const { lookup, asked } = ask(answers);
    for (let id = 0; id <= 2_000; id++) await lookup.repository(id);
    await lookup.repository(2_000);
    expect(asked).toHaveLength(2_001);
    await lookup.repository(0);
    expect(asked).toHaveLength(2_002);
  });

  test.each([
    [undefined, 'https://api.github.com'],
    ['octo.ghe.com', 'https://api.octo.ghe.com'],
    ['github.example.com:8443', 'https://github.example.com:8443/api/v3'],
  ])('for spec.host %s go to %s', async (host, root) => {
    const { lookup, asked } = ask(
      { [`GET ${root}/repositories/1`]: { body: { id: 1, full_name: 'o/r' } } },
      host,
    );
    expect(await lookup.repository(1)).toBe('o/r');
    expect(asked).toEqual([`GET ${root}/repositories/1`]);
  });

  test.each([
    [
      { __typename: 'Repository', nameWithOwner: 'o/r' },
      { type: 'Repository', repository: 'o/r' },
    ],
    [
      { __typename: 'PullRequest', repository: { nameWithOwner: 'o/r' } },
      { type: 'PullRequest', repository: 'o/r' },
    ],
    [
      { __typename: 'MergeQueue', optional: { nameWithOwner: 'o/r' } },
      { type: 'MergeQueue', repository: 'o/r' },
    ],
    [
      {
        __typename: 'DiscussionComment',
        discussionOfDiscussionComment: { repository: { nameWithOwner: 'o/r' } },
      },
      { type: 'DiscussionComment', repository: 'o/r' },
    ],
    [
      { __typename: 'IssueComment', onPull: { number: 7 }, repository: { nameWithOwner: 'o/r' } },
      { type: 'IssueComment', repository: 'o/r', isOnPull: true },
    ],
    [
      { __typename: 'IssueComment', onPull: null, repository: { nameWithOwner: 'o/r' } },
      { type: 'IssueComment', repository: 'o/r' },
    ],
    [{ __typename: 'User' }, { type: 'User' }],
    [{ __typename: 'MergeQueue', optional: null }, { type: 'MergeQueue' }],
    [{ __typename: 'Package' }, { type: 'Package' }],
  ])('find the repository of a node: %j', async (node, expected) => {
    const { lookup } = ask({ [`POST ${api}/graphql`]: { body: { data: { node } } } });
    expect(await lookup.node('X_1')).toEqual(expected);
  });

  test('ask nothing of a node that a token with the scope repo alone is refused for', () => {
    expect(nodeQuery).not.toMatch(/Package|Project|Team|Organization|User/);
  });

  test.each([
    [{ data: { node: null }, errors: [{ type: 'NOT_FOUND' }] }],
    [{ errors: [{ message: 'x' }] }],
    [
      {
        data: { node: { __typename: 'IssueComment', onPull: null, repository: { nameWithOwner: 'o/r' } } },
        errors: [{ type: 'FORBIDDEN', path: ['node', 'onPull'] }],
      },
    ],
    [null],
    [{ data: { node: { __typename: 'Issue', repository: { nameWithOwner: 'o/r/x' } } } }],
  ])('say so when a node is not known: %j', async (body) => {
    const { lookup } = ask({ [`POST ${api}/graphql`]: { body } });
    await expect(lookup.node('X_1')).rejects.toMatchObject({ code: 'upstream_protocol' });
  });

  test.each([
    [401, {}],
    [429, {}],
    [503, {}],
    [403, { 'x-ratelimit-remaining': '0' }],
    [403, { 'retry-after': '60' }],
  ])('say when GitHub did not answer the question: %s %j', async (status, headers) => {
    const lookup = createLookup({
      api: apiRootsOf(undefined),
      isOffline: false,
      now: () => 0,
      inject: () => {},
      fetch: async () => new Response('{}', { status, headers: headers as Record<string, string> }),
    });
    const sentence = `GitHub cannot be asked what the request is about: it answers with status ${status}`;
    await expect(lookup.kindOf('o/r', 7)).rejects.toThrow(sentence);
    await expect(lookup.subjectOf('o/r', 7)).rejects.toThrow(sentence);
    await expect(lookup.repository(7)).rejects.toThrow(sentence);
  });

  test('say no more than that GitHub cannot be reached', async () => {
    const lookup = createLookup({
      api: apiRootsOf(undefined),
      isOffline: false,
      now: () => 0,
      inject: () => {},
      fetch: () => Promise.reject(new Error('secret inside')),
    });
    await expect(lookup.kindOf('o/r', 1)).rejects.toThrow(
      /^GitHub cannot be asked what the request is about: it cannot be reached$/,
    );
  });
});
