import { readNodeId, writeNodeId } from './node-id.ts';
import type { RestService } from './rest.ts';

interface Account {
  readonly login: string;
  readonly id: number;
}

interface RestRepository {
  readonly id: number;
  readonly name: string;
  readonly full_name: string;
  readonly private: boolean;
  readonly default_branch: string;
  readonly owner: Account;
}

interface RestIssue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: 'open' | 'closed';
  readonly user: Account;
  readonly created_at: string;
  readonly updated_at: string;
}

interface RestPull extends RestIssue {
  readonly merged: boolean;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string; readonly sha: string };
}

interface RestNote {
  readonly id: number;
  readonly body: string | null;
  readonly user: Account;
  readonly created_at?: string;
  readonly state?: string;
}

type Input = Readonly<Record<string, string>>;
type Args<T> = Readonly<T>;

const connection = (nodes: readonly object[], first = 100) => ({
  totalCount: nodes.length,
  nodes: nodes.slice(0, first),
  edges: nodes.slice(0, first).map((node) => ({ node, cursor: 'x' })),
  pageInfo: { hasNextPage: nodes.length > first, hasPreviousPage: false, startCursor: null, endCursor: null },
});

/** The fields of Query and Mutation, over the state that the REST API has. */
export function createRoot({ call }: RestService) {
  const actor = ({ login, id }: Account) => ({
    __typename: 'User',
    login,
    id: writeNodeId({ prefix: 'U', repository: id }),
    name: login,
  });

  const repositoryOf = (repo: RestRepository) => {
    const path = `/repos/${repo.full_name}`;
    const issue = (number: number) =>
      call<RestIssue>('GET', `${path}/issues/${number}`).then((found) => issueOf(repo, found));
    const pull = (number: number) =>
      call<RestPull>('GET', `${path}/pulls/${number}`).then((found) => pullOf(repo, found));
    const list =
      <T extends RestIssue>(noun: string, of: (repo: RestRepository, item: T) => { state: string }) =>
      async ({ states, first }: Args<{ states?: string[]; first?: number }>) => {
        const all = (await call<T[]>('GET', `${path}/${noun}?state=all&per_page=100`)).map((item) =>
          of(repo, item),
        );
        return connection(
          all.filter(({ state }) => states?.includes(state) ?? true),
          first,
        );
      };
    return {
      __typename: 'Repository',
      id: writeNodeId({ prefix: 'R', repository: repo.id }),
      databaseId: repo.id,
      name: repo.name,
      nameWithOwner: repo.full_name,
      owner: { __typename: 'Organization', login: repo.owner.login, id: 'O_kgDOAAAAAQ' },
      url: `https://github.com/${repo.full_name}`,
      isPrivate: repo.private,
      hasIssuesEnabled: true,
      mergeCommitAllowed: true,
      viewerPermission: 'ADMIN',
      viewerCanAdminister: true,
      defaultBranchRef: { name: repo.default_branch, prefix: 'refs/heads/' },
      issue: ({ number }: Args<{ number: number }>) => issue(number),
      pullRequest: ({ number }: Args<{ number: number }>) => pull(number),
      issueOrPullRequest: ({ number }: Args<{ number: number }>): Promise<object> =>
        pull(number).catch(() => issue(number)),
      issues: list('issues', issueOf),
      pullRequests: list('pulls', pullOf),
    };
  };

  const itemOf = (repo: RestRepository, item: RestIssue, noun: string) => {
    const path = `/repos/${repo.full_name}/issues/${item.number}`;
    return {
      number: item.number,
      databaseId: item.id,
      title: item.title,
      body: item.body ?? '',
      author: actor(item.user),
      createdAt: item.created_at,
      updatedAt: item.updated_at,
      url: `https://github.com/${repo.full_name}/${noun}/${item.number}`,
      repository: () => repositoryOf(repo),
      comments: async () => {
        const notes = await call<RestNote[]>('GET', `${path}/comments`);
        return connection(notes.map((note) => commentOf(repo, item.number, note, noun)));
      },
    };
  };

  const issueOf = (repo: RestRepository, item: RestIssue) => ({
    __typename: 'Issue',
    id: writeNodeId({ prefix: 'I', repository: repo.id, item: item.number }),
    ...itemOf(repo, item, 'issues'),
    state: item.state.toUpperCase(),
  });

  const pullOf = (repo: RestRepository, item: RestPull) => ({
    __typename: 'PullRequest',
    id: writeNodeId({ prefix: 'PR', repository: repo.id, item: item.number }),
    ...itemOf(repo, item, 'pull'),
    state: item.merged ? 'MERGED' : item.state.toUpperCase(),
    headRefName: item.head.ref,
    headRefOid: item.head.sha,
    baseRefName: item.base.ref,
    mergeable: 'MERGEABLE',
    mergeStateStatus: 'CLEAN',
    headRepository: () => repositoryOf(repo),
    headRepositoryOwner: { __typename: 'Organization', login: repo.owner.login, id: 'O_kgDOAAAAAQ' },
    reviews: async () => {
      const found = await call<RestNote[]>('GET', `/repos/${repo.full_name}/pulls/${item.number}/reviews`);
      return connection(found.map((note) => reviewOf(repo, item.number, note)));
    },
  });

  const commentOf = (repo: RestRepository, number: number, note: RestNote, noun = 'issues') => ({
    __typename: 'IssueComment',
    id: writeNodeId({ prefix: 'IC', repository: repo.id, item: note.id }),
    body: note.body ?? '',
    author: actor(note.user),
    authorAssociation: 'MEMBER',
    createdAt: note.created_at,
    url: `https://github.com/${repo.full_name}/${noun}/${number}#issuecomment-${note.id}`,
  });

  const reviewOf = (repo: RestRepository, number: number, note: RestNote) => ({
    __typename: 'PullRequestReview',
    id: writeNodeId({ prefix: 'PRR', repository: repo.id, item: note.id }),
    body: note.body ?? '',
    author: actor(note.user),
    authorAssociation: 'MEMBER',
    state: note.state,
    submittedAt: '2026-01-01T00:00:00Z',
    url: `https://github.com/${repo.full_name}/pull/${number}#pullrequestreview-${note.id}`,
  });

  /** What a node id stands in, and the path of that. */
  const locate = async (id = '') => {
    const { prefix, repository, item } = readNodeId(id);
    const repo = await call<RestRepository>('GET', `/repositories/${repository}`);
    const noun = prefix === 'PR' ? 'pulls' : 'issues';
    return { prefix, repo, number: item ?? 0, path: `/repos/${repo.full_name}`, noun };
  };
  const nodeOf = async (id: string) => {
    const { prefix, repo, number, path, noun } = await locate(id);
    if (prefix === 'R') return repositoryOf(repo);
    if (prefix === 'PR') return pullOf(repo, await call<RestPull>('GET', `${path}/${noun}/${number}`));
    if (prefix === 'I') return issueOf(repo, await call<RestIssue>('GET', `${path}/${noun}/${number}`));
    return null;
  };
  const setState =
    (state: string) =>
    async (id = '') => {
      const { path, noun, number } = await locate(id);
      await call('PATCH', `${path}/${noun}/${number}`, { state });
      return nodeOf(id);
    };
  const close = setState('closed');
  const reopen = setState('open');

  const mutation = {
    createIssue: async ({ input: { repositoryId, title, body = '' } }: { input: Input }) => {
      const { repo, path } = await locate(repositoryId);
      return { issue: issueOf(repo, await call<RestIssue>('POST', `${path}/issues`, { title, body })) };
    },
    closeIssue: async ({ input }: { input: Input }) => ({ issue: await close(input['issueId']) }),
    reopenIssue: async ({ input }: { input: Input }) => ({ issue: await reopen(input['issueId']) }),
    closePullRequest: async ({ input }: { input: Input }) => ({
      pullRequest: await close(input['pullRequestId']),
    }),
    addComment: async ({ input: { subjectId, body } }: { input: Input }) => {
      const { repo, path, number, prefix } = await locate(subjectId);
      const note = await call<RestNote>('POST', `${path}/issues/${number}/comments`, { body });
      const node = commentOf(repo, number, note, prefix === 'PR' ? 'pull' : 'issues');
      return { commentEdge: { node }, subject: await nodeOf(subjectId ?? '') };
    },
    createPullRequest: async ({ input }: { input: Input }) => {
      const { repo, path } = await locate(input['repositoryId']);
      const { title, body = '', baseRefName: base, headRefName: head } = input;
      const main = await call<{ object: { sha: string } }>('GET', `${path}/git/ref/heads/${base}`);
      // What was pushed is in git's own server.
      await call('POST', `${path}/git/refs`, { ref: `refs/heads/${head}`, sha: main.object.sha }).catch(
        () => undefined,
      );
      await call('PUT', `${path}/contents/${head}.txt`, {
        message: 'a change',
        content: 'eA==',
        branch: head,
      });
      return {
        pullRequest: pullOf(repo, await call<RestPull>('POST', `${path}/pulls`, { title, body, head, base })),
      };
    },
    mergePullRequest: async ({ input: { pullRequestId = '' } }: { input: Input }) => {
      const { path, number } = await locate(pullRequestId);
      await call('PUT', `${path}/pulls/${number}/merge`, {});
      return { pullRequest: await nodeOf(pullRequestId) };
    },
    addPullRequestReview: async ({ input: { pullRequestId = '', event, body = '' } }: { input: Input }) => {
      const { repo, path, number } = await locate(pullRequestId);
      const note = await call<RestNote>('POST', `${path}/pulls/${number}/reviews`, { event, body });
      return { pullRequestReview: reviewOf(repo, number, note) };
    },
  };

  return {
    viewer: () => call<Account>('GET', '/user').then(actor),
    rateLimit: { limit: 5_000, cost: 1, remaining: 4_999, used: 1 },
    repository: ({ owner, name }: Args<{ owner: string; name: string }>) =>
      call<RestRepository>('GET', `/repos/${owner}/${name}`).then(repositoryOf),
    node: ({ id }: Args<{ id: string }>) => nodeOf(id),
    nodes: ({ ids }: Args<{ ids: readonly string[] }>) => Promise.all(ids.map(nodeOf)),
    ...mutation,
  };
}
