/** A node of GitHub's graph: the type of its object, and the repository it is in, where it is in one. */
export interface Node {
  readonly type: string;
  /** `owner/repo` */
  readonly repository?: string;
  /** It is a comment on an issue, and that issue a pull request. */
  readonly isOnPull?: true;
}

/** Types of which every object has a repository (GitHub's public GraphQL schema), beside the interfaces that say so. */
const types = [
  'CheckRun',
  'CheckSuite',
  'Deployment',
  'Label',
  'Milestone',
  'PullRequestReviewThread',
  'PullRequestThread',
  'Ref',
  'Release',
];

/** Types whose repository is that of something they belong to. */
const through: Readonly<Record<string, string>> = {
  DeploymentStatus: 'deployment',
  DiscussionComment: 'discussion',
  PullRequestCommit: 'pullRequest',
  ReleaseAsset: 'release',
  ReviewRequest: 'pullRequest',
  WorkflowRun: 'checkSuite',
};

/** Those that may have none. Another name for the field, since GraphQL takes no two types for one. */
const optional = ['BranchProtectionRule', 'MergeQueue'];

const named = '{ nameWithOwner }';

/**
 * Asks for the type and the repository of the node `$id`. GitHub refuses a query with one field on any type that the scopes of
 * a classic token do not reach, so that nothing stands here which `repo` does not: no packages, projects and teams.
 */
export const nodeQuery: string = [
  'query($id: ID! ) { node(id: $id) { __typename',
  '... on Repository { nameWithOwner }',
  '... on IssueComment { onPull: pullRequest { number } }',
  ...['RepositoryNode', 'GitObject', ...types].map((type) => `... on ${type} { repository ${named} }`),
  ...optional.map((type) => `... on ${type} { optional: repository ${named} }`),
  ...Object.entries(through).map(
    ([type, field]) => `... on ${type} { ${field}Of${type}: ${field} { repository ${named} } }`,
  ),
  '} }',
].join(' ');

/** The node in the answer to `nodeQuery`; undefined when there is none, and for a comment of which GitHub does not say what it is on. */
export function readNode(answer: unknown): Node | undefined {
  const node = member(member(answer, 'data'), 'node');
  const type = member(node, '__typename');
  if (typeof type !== 'string') return undefined;
  const repository = type === 'Repository' ? member(node, 'nameWithOwner') : nameIn(node);
  const onPull = member(node, 'onPull') ?? undefined;
  // A token that may read issues alone gets null and an error here, whatever the comment is on.
  if (type === 'IssueComment' && onPull === undefined && hasErrors(answer)) return undefined;
  return {
    type,
    ...(typeof repository === 'string' && { repository }),
    ...(onPull !== undefined && { isOnPull: true }),
  };
}

function hasErrors(answer: unknown): boolean {
  const errors = member(answer, 'errors');
  return Array.isArray(errors) && errors.length > 0;
}

/** Whichever member has a repository, or is one. */
function nameIn(node: unknown): unknown {
  for (const value of Object.values(node as object)) {
    const name = member(value, 'nameWithOwner') ?? member(member(value, 'repository'), 'nameWithOwner');
    if (name !== undefined) return name;
  }
  return undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
